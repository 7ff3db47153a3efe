// check.mjs template|terraform|containerfile FILE - holds a file of
// deploy/lambda against what is published about it: the resource types of
// CloudFormation and SAM, the operations of the Lambda API, the grammar of
// HCL and of container files. Prints what is wrong; exits 1 then.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';

const require = createRequire(import.meta.url);
const problems = [];
const complain = (where, text) => problems.push(`${where}: ${text}`);

// What the Lambda API can do, by AWS's own client; as IAM calls it.
function lambdaActions() {
  const client = createRequire(
    new URL('../bridge/package.json', import.meta.url))(
    '@aws-sdk/client-lambda');
  return new Set(['lambda:InvokeFunction', ...Object.keys(client)
    .filter((name) => name.endsWith('Command'))
    .map((name) => `lambda:${name.slice(0, -'Command'.length)}`)]);
}

function checkActions(where, actions, known) {
  for (const action of [actions].flat())
    if (action.startsWith('lambda:') && !known.has(action))
      complain(where, `there is no action ${action}`);
}

// An action on executions needs the ARN of a version or alias.
function checkQualified(where, actions, resources) {
  if ([actions].flat().some((a) => a.includes('Checkpoint')) &&
      ![resources].flat().every((r) => JSON.stringify(r).endsWith(':*"}') ||
        JSON.stringify(r).endsWith(':*"')))
    complain(where, 'checkpoints are authorized against versions: ARN:*');
}

// CloudFormation.

// The short forms of its functions: !Sub x is {"Fn::Sub": x}.
function cloudFormationSchema(yaml) {
  const functions = ['Ref', 'GetAtt', 'Sub', 'Join', 'If', 'Equals', 'Select'];
  return yaml.DEFAULT_SCHEMA.extend(functions.flatMap((name) =>
    ['scalar', 'sequence', 'mapping'].map((kind) => new yaml.Type(`!${name}`, {
      kind,
      construct: (data) => ({ [name === 'Ref' ? name : `Fn::${name}`]: data }),
    }))));
}

// AWS's database of resource types.
function loadTypes() {
  const file = require.resolve('@aws-cdk/aws-service-spec')
    .replace(/lib\/.*/, 'db.json.gz');
  const db = JSON.parse(gunzipSync(readFileSync(file))).schema;
  return {
    resources: new Map(db.resource.entities.map(
      (r) => [r.cloudFormationType, r])),
    byId: new Map(db.typeDefinition.entities.map((t) => [t.$id, t])),
  };
}

const isFunction = (v) => v && typeof v === 'object' && !Array.isArray(v) &&
  Object.keys(v).length === 1 && /^(Ref|Fn::.*)$/.test(Object.keys(v)[0]);

const basics = {
  string: (v) => typeof v === 'string',
  integer: (v) => Number.isInteger(v),
  number: (v) => typeof v === 'number',
  boolean: (v) => typeof v === 'boolean',
  json: (v) => typeof v === 'object',
  map: (v) => typeof v === 'object',
  tag: (v) => typeof v === 'object',
};

function checkType(where, value, type, types) {
  if (isFunction(value))
    return;
  if (type.type === 'union') {
    const before = problems.length;
    const tries = type.types.map((one) => {
      checkType(where, value, one, types);
      return problems.splice(before);
    });
    if (!tries.some((found) => found.length === 0))
      problems.push(...tries[0]);
  } else if (type.type === 'ref') {
    checkProperties(where, value, types.byId.get(type.reference.$ref)
      .properties, types);
  } else if (type.type === 'array') {
    if (!Array.isArray(value))
      complain(where, 'is no list');
    else
      value.forEach((v, i) => checkType(`${where}[${i}]`, v, type.element,
        types));
  } else if (!basics[type.type](value)) {
    complain(where, `is no ${type.type}`);
  } else if (type.allowedValues && !type.allowedValues.includes(value)) {
    complain(where, `is not one of ${type.allowedValues.join(', ')}`);
  }
}

function checkProperties(where, object, known, types) {
  if (!object || typeof object !== 'object')
    return complain(where, 'is no object');
  for (const [name, value] of Object.entries(object)) {
    if (known[name])
      checkType(`${where}.${name}`, value, known[name].type, types);
    else
      complain(where, `has no property ${name}`);
  }
  for (const [name, property] of Object.entries(known))
    if (property.required && !(name in object))
      complain(where, `lacks ${name}`);
}

// The database's SAM is older than durable functions. What SAM hands to
// CloudFormation as it is, is looked up there.
const passedOn = {
  'AWS::Serverless::Function':
    ['AWS::Lambda::Function', ['DurableConfig', 'LoggingConfig']],
  'AWS::Serverless::LayerVersion':
    ['AWS::Lambda::LayerVersion', ['CompatibleArchitectures']],
};

function propertiesOf(type, types) {
  const known = { ...types.resources.get(type).properties };
  const [from, names] = passedOn[type] ?? [null, []];
  for (const name of names)
    known[name] = types.resources.get(from).properties[name];
  return known;
}

// Every name that a value of the template refers to.
function checkReferences(where, value, names) {
  if (!value || typeof value !== 'object')
    return;
  const [key] = Object.keys(value);
  const used = [];
  if (isFunction(value) && key === 'Ref')
    used.push(value.Ref);
  else if (isFunction(value) && key === 'Fn::GetAtt')
    used.push([value[key]].flat()[0]);
  else if (isFunction(value) && key === 'Fn::Sub')
    used.push(...[...value[key].matchAll(/\$\{([^}]*)\}/g)].map((m) => m[1]));
  for (const name of used)
    if (!names.has(name.split('.')[0]) && !name.startsWith('AWS::'))
      complain(where, `${name} is nowhere defined`);
  for (const [name, v] of Object.entries(value))
    checkReferences(`${where}.${name}`, v, names);
}

function checkStatements(where, value, known) {
  if (!value || typeof value !== 'object')
    return;
  if (value.Effect && value.Action) {
    checkActions(where, value.Action, known);
    if (value.Resource)
      checkQualified(where, value.Action, value.Resource);
  }
  for (const [name, v] of Object.entries(value))
    checkStatements(`${where}.${name}`, v, known);
}

function checkTemplate(text) {
  const yaml = require('js-yaml');
  const template = yaml.load(text, { schema: cloudFormationSchema(yaml) });
  const types = loadTypes();
  const known = lambdaActions();
  const names = new Set([...Object.keys(template.Parameters ?? {}),
    ...Object.keys(template.Resources)]);
  for (const [name, resource] of Object.entries(template.Resources)) {
    if (!types.resources.has(resource.Type)) {
      complain(name, `there is no type ${resource.Type}`);
      continue;
    }
    checkProperties(name, resource.Properties,
      propertiesOf(resource.Type, types), types);
    checkStatements(name, resource.Properties, known);
  }
  checkReferences('template', template, names);
}

// Terraform.

// What a text refers to: var.x, data.type.x, type.x.
function terraformReferences(text) {
  const plain = text.replace(/#.*/g, '');
  return [...plain.matchAll(
    /\b(var\.\w+|data\.\w+\.\w+|(?<!data\.)aws_\w+\.\w+)/g)].map((m) => m[1]);
}

function checkTerraform(text) {
  const [config, error] = require('hcl2-parser').parseToObject(text);
  if (error || !config)
    return complain('hcl', 'does not parse');
  const names = new Set(Object.keys(config.variable ?? {})
    .map((n) => `var.${n}`));
  for (const [prefix, all] of [['', config.resource], ['data.', config.data]])
    for (const [type, some] of Object.entries(all ?? {}))
      for (const name of Object.keys(some))
        names.add(`${prefix}${type}.${name}`);
  for (const name of terraformReferences(text))
    if (!names.has(name))
      complain('terraform', `${name} is nowhere defined`);
  const known = lambdaActions();
  for (const [name, [policy]] of Object.entries(
    config.data.aws_iam_policy_document))
    for (const s of [...policy.statement,
      ...(policy.dynamic?.statement ?? []).flatMap((d) => d.content)]) {
      checkActions(name, s.actions, known);
      checkQualified(name, s.actions, s.resources ?? []);
    }
}

function checkContainerfile(text) {
  for (const d of require('dockerfile-utils').validate(text))
    complain(`line ${d.range.start.line + 1}`, d.message);
}

const checks = {
  template: checkTemplate,
  terraform: checkTerraform,
  containerfile: checkContainerfile,
};
const [kind, file] = process.argv.slice(2);
if (!checks[kind] || !file) {
  console.error('usage: check.mjs template|terraform|containerfile FILE');
  process.exit(2);
}
try {
  checks[kind](readFileSync(file, 'utf8'));
} catch (e) {
  complain(file, e.message);
}
for (const problem of problems)
  console.log(problem);
process.exit(problems.length > 0 ? 1 : 0);
