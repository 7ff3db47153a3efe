# judge.jq - what a requirement expects, against what there is.
#
# Both sides are plain JSON. `bound` is an object of the names that have a
# value by now: the requirement's variables at first, then what an event had
# where a ${NAME} was met. Functions that find a difference give its text,
# else null.

def placeholder: "^\\$\\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\\}$";

# Puts in what is bound, everywhere; a text that is one name keeps the type.
def filled($bound):
  walk(
    if type != "string" then .
    elif test(placeholder) then
      capture(placeholder).name as $name
      | if $bound | has($name) then $bound[$name] else . end
    else
      reduce ($bound | to_entries[]) as $b
        (.; split("${\($b.key)}") | join($b.value | tostring))
    end);

# As a search in text sees it.
def searched:
  if . == null then "None" elif . == true then "True"
  elif . == false then "False" else tostring end;

def differs($at; $want; $have):
  .wrong = "\($at) is \($have | tojson), expected \($want | tojson)";

# The state is {bound, wrong}; names are bound in the order of the list.
def compared($at; $want; $have):
  if .wrong then .
  elif $want == {} or $want == "*" then .
  elif ($want | type) == "object" then
    if ($have | type) != "object" then differs($at; $want; $have)
    else
      reduce ($want | keys_unsorted[]) as $key (.;
        if .wrong then .
        elif $have | has($key) then
          compared("\($at).\($key)"; $want[$key]; $have[$key])
        else .wrong = "\($at).\($key) is missing" end)
    end
  elif ($want | type) == "array" then
    if ($have | type) != "array" or ($have | length) != ($want | length)
    then differs($at; $want; $have)
    else
      reduce range($want | length) as $i (.;
        compared("\($at)[\($i)]"; $want[$i]; $have[$i]))
    end
  elif ($want | type) != "string" then
    if $want == $have then . else differs($at; $want; $have) end
  elif $want | test("^\\$\\{/.*/\\}$") then
    if $have | searched | test($want[3:-2]) then .
    else differs($at; $want; $have) end
  elif $want | test(placeholder) then
    ($want | capture(placeholder).name) as $name
    | if .bound | has($name) | not then .bound[$name] = $have
      elif .bound[$name] == $have then .
      else differs($at; "\($want) = \(.bound[$name] | tojson)"; $have) end
  else
    .bound as $bound
    | if ($want | filled($bound)) == $have then .
      else differs($at; $want; $have) end
  end;

# Names inside a wait-for-callback do not matter: they are the operation's.
def with_inner_names:
  (map(select(.EventType == "ContextStarted" and
      .SubType == "WaitForCallback") | {key: .Id, value: .Name})
    | from_entries) as $names
  | map(
    if (.EventType | IN("CallbackStarted", "StepStarted", "StepSucceeded"))
      and (has("Name") | not) and $names[.ParentId // ""] != null
    then .Name = $names[.ParentId] else . end);

def history_wrong($requirement; $bound; $events):
  ($events
    | if $requirement.AsyncInvoke then with_inner_names else . end
    | map({key: (.EventId | tostring), value: .}) | from_entries) as $by_id
  | reduce $requirement.ExpectedExecutionHistory[] as $want
      ({bound: $bound, wrong: null};
        if .wrong then .
        elif $by_id | has($want.EventId | tostring) | not
        then .wrong = "event \($want.EventId) (\($want.EventType)) is missing"
        else
          compared("event \($want.EventId)"; $want;
            $by_id[$want.EventId | tostring])
        end)
  | .wrong;

# The result is text that holds JSON, or else stands for itself.
def decoded: if . == null then null else . as $t | try fromjson catch $t end;

def result_wrong($requirement; $bound; $execution):
  $requirement.ExpectedResult as $want
  | if $want == null then null
    elif $want.ExecutionStatus != $execution.Status then
      "the execution \($execution.Status), not \($want.ExecutionStatus)"
    elif $execution.Status != "SUCCEEDED" or ($want | has("Result") | not)
    then null
    else
      ($execution.Result | decoded) as $have
      | ($want.Result | filled($bound)) as $wanted
      | if $wanted == $have then null
        else "the result is \($have | tojson), not \($wanted | tojson)" end
    end;

# Of the lines only JSON objects that name the execution count.
def logs_wrong($requirement; $bound; $lines; $arn):
  [$lines | split("\n")[] | try fromjson catch empty
    | select(type == "object")
    | select(.executionArn == $arn or .durableExecutionArn == $arn)] as $logs
  | [($requirement.ExpectedLogs // [])[]
    | . as $want
    | [$logs[] | . as $line
      | select([$want.match | to_entries[]
        | (.value | filled($bound) | .[1:-1]) as $pattern
        | ($line[.key] // "") | searched | test($pattern)] | all)]
    | length
    | select(. != $want.count)
    | "\(.) lines of the log match \($want.match | tojson), "
      + "not \($want.count)"]
  | first // null;

def all_there($requirement; $events):
  ($events | map(.EventId)) as $there
  | all($requirement.ExpectedExecutionHistory[]; .EventId | IN($there[]));

def has_ended($events):
  any($events[]; .EventType
    | IN("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut",
        "ExecutionStopped"));

# As the service's client writes JSON: a blank after , and :.
def spaced:
  if type == "object" then
    "{" + ([to_entries[] | "\(.key | tojson): \(.value | spaced)"]
      | join(", ")) + "}"
  elif type == "array" then "[" + (map(spaced) | join(", ")) + "]"
  else tojson end;

# The same for the bridge, which does it by itself: null where there is none.
def scripted($bound):
  if . == null then null
  else
    filled($bound)
    | map({CallbackName, Operation, Delay}
      + if .Operation == "failure" then {Error: (.Payload // {})}
        elif has("Payload") then {Payload: (.Payload | spaced)}
        else {} end)
  end;

# What is done to a callback next: {id, index, and the action's members}, for
# the first that is open; index -1 where no action is left that names it. The
# state is {used: indexes, done: ids}.
def next_action($requirement; $bound; $events; $state):
  ($requirement.CallbackActions | values | filled($bound)) as $actions
  | def names($want):
      $want == "*" or $want == .
      or (($want | test("^\\$\\{/.*/\\}$"))
        and (searched | test($want[3:-2])));
    def action_of($name):
      [range($actions | length)
        | select(IN($state.used[]) | not)
        | select($actions[.].CallbackName as $want | $name | names($want))]
      | first // -1;
    first($events[]
      | select(.EventType == "CallbackStarted")
      | .CallbackStartedDetails.CallbackId as $id
      | select($id | IN($state.done[]) | not)
      | action_of(.Name // "")
      | {id: $id, index: .} + (if . < 0 then {} else $actions[.] end));
