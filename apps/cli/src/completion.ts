import { INBOUND_PRESETS } from '@eventhooks/contract';
import { type Command, Option } from 'commander';
import type { Api } from './api.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { openSession } from './session.ts';

/** Scripts that ask `eventhooks complete` for the words that may come next. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_eventhooks() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(eventhooks complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _eventhooks eventhooks`,
  zsh: `#compdef eventhooks
_eventhooks() {
  local -a words_found
  words_found=("\${(@f)$(eventhooks complete -- "\${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)}")
  compadd -a words_found || _files
}
compdef _eventhooks eventhooks`,
  fish: `complete -c eventhooks -f -a '(eventhooks complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

export const SHELLS = Object.keys(SCRIPTS);

/** Prints the script for a shell, to be evaluated in its start-up file. */
export async function printCompletion(_session: unknown, _options: object, [shell = '']: string[]): Promise<void> {
  const script = SCRIPTS[shell];
  if (script === undefined) throw new CommandFailure(EXIT.usage, `expected one of: ${SHELLS.join(', ')}`);
  process.stdout.write(`${script}\n`);
}

/** Prints the words that may replace the last of `words`, one per line. */
export async function printCandidates(program: Command, words: readonly string[]): Promise<void> {
  const current = words.at(-1) ?? '';
  let command = program;
  const operands: string[] = [];
  for (const word of words.slice(0, -1)) {
    const next = operands.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (next) command = next;
    else if (!word.startsWith('-')) operands.push(word);
  }
  const candidates = current.startsWith('-')
    ? listOptions(command)
    : [...listCommands(command), ...(await listOperands(command, operands))];
  for (const candidate of candidates) if (candidate.startsWith(current)) process.stdout.write(`${candidate}\n`);
}

function listOptions(command: Command): string[] {
  const lines = [command, ...ancestorsOf(command)].flatMap(({ options }) => options);
  return lines
    .filter((option) => option instanceof Option && !option.hidden)
    .flatMap(({ long }) => (long ? [long] : []));
}

function ancestorsOf(command: Command): Command[] {
  return command.parent ? [command.parent, ...ancestorsOf(command.parent)] : [];
}

function listCommands(command: Command): string[] {
  return command.commands.map((one) => one.name()).filter((name) => name !== 'complete');
}

/** Names that only the server knows; none if it does not answer within a second. */
async function listOperands(command: Command, operands: readonly string[]): Promise<string[]> {
  const wanted = command.registeredArguments[operands.length]?.name();
  const { api } = openSession(command);
  if (wanted === 'source') return sourceNames(api);
  if (wanted === 'event') return eventNames(api, operands[0] ?? '');
  if (wanted === 'hook' || wanted === 'hooks') return hookNames(api);
  if (wanted === 'endpoint' || wanted === 'endpoints') return endpointNames(api);
  if (wanted === 'preset') return [...INBOUND_PRESETS];
  if (wanted === 'shell') return SHELLS;
  return [];
}

const timeoutMs = 1_000;

async function endpointNames(api: Api): Promise<string[]> {
  const answer = await api.request('GET /inbound', { timeoutMs });
  return answer.ok ? answer.body.data.map(({ name }) => name) : [];
}

async function sourceNames(api: Api): Promise<string[]> {
  const answer = await api.request('GET /event-hooks/sources', { timeoutMs });
  return answer.ok ? Object.keys(answer.body.data) : [];
}

async function eventNames(api: Api, source: string): Promise<string[]> {
  const answer = await api.request('GET /event-hooks/sources/{source}', { params: { source }, timeoutMs });
  return answer.ok ? Object.keys(answer.body.data) : [];
}

async function hookNames(api: Api): Promise<string[]> {
  const answer = await api.request('GET /event-hooks', { query: { size: 1_000 }, timeoutMs });
  return answer.ok ? answer.body.data.map(({ name, id }) => name ?? id) : [];
}
