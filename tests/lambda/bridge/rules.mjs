/*
 * rules.mjs - what a batch of updates must keep to beyond its shape: limits of
 * a call, sizes of payloads, and that an operation stays what it was. The
 * order of states is the engine's to check.
 */
import { Refusal } from './engine.mjs';

const maximumUpdates = 250;
const maximumBytes = 750 * 1024;
const sizes = { STEP: 262144, CONTEXT: 262144, WAIT: 262144, CALLBACK: 262144,
  CHAINED_INVOKE: 1048576, EXECUTION: 6291456 };

const refuse = (message) => {
  throw new Refusal(message);
};

function checkLimits(updates) {
  if (updates.length > maximumUpdates)
    refuse(`${updates.length} updates in a call, at most ${maximumUpdates}`);
  const bytes = Buffer.byteLength(JSON.stringify(updates));
  if (updates.length > 1 && bytes > maximumBytes)
    refuse(`${bytes} bytes in a call, at most ${maximumBytes}`);
  for (const { Type, Payload } of updates) {
    if (Buffer.byteLength(Payload ?? '') > sizes[Type])
      refuse(`${Type} ${Type === 'CHAINED_INVOKE' ? 'input' : 'output'} ` +
        `payload size must be less than or equal to ${sizes[Type]} bytes.`);
  }
}

/* An absent name is another one than a name. */
function checkSame(update, known) {
  const attributes = { Type: 'operation type', SubType: 'operation subtype',
    Name: 'operation name', ParentId: 'parent operation id' };
  for (const [name, text] of Object.entries(attributes)) {
    if (known[name] !== update[name])
      refuse(`Inconsistent ${text}. ${update.Id}: ${update[name]}, was ${
        known[name]}`);
  }
}

/* operation(ID) is what is recorded. */
export function checkUpdates(updates, operation) {
  const started = new Map();
  checkLimits(updates);
  for (const update of updates) {
    if (update.Type === 'EXECUTION')
      continue;
    const known = operation(update.Id) ?? started.get(update.Id);
    if (known)
      checkSame(update, known);
    else if (update.Type === 'CONTEXT' && update.Action !== 'START')
      refuse('Invalid current CONTEXT state to close.');
    started.set(update.Id, update);
    if (update.ParentId)
      checkParent(update, operation(update.ParentId), started);
  }
}

function checkParent(update, recorded, started) {
  const parent = recorded ?? started.get(update.ParentId);
  if (parent?.Type !== 'CONTEXT')
    refuse('Invalid parent operation id.');
  if (recorded && recorded.Status !== 'STARTED')
    refuse(`Invalid parent operation id. ${update.ParentId} is over`);
}
