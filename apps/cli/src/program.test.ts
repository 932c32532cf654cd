import type { Command } from 'commander';
import { buildProgram } from './program.ts';

function allCommands(command: Command): Command[] {
  return command.commands
    .filter((one) => one.name() !== 'complete' && one.name() !== 'help')
    .flatMap((one) => [one, ...allCommands(one)]);
}

test('every command, operand and option has a help text, and none of them hides an option of all commands', () => {
  const program = buildProgram();
  const ofAll = program.options.flatMap(({ long }) => long ?? []);
  const gaps = allCommands(program).flatMap((command) => {
    const name = `${command.parent?.name()} ${command.name()}`;
    return [
      ...(command.description() === '' ? [name] : []),
      ...command.registeredArguments.flatMap((one) => (one.description ? [] : [`${name} <${one.name()}>`])),
      ...command.options.flatMap(({ long, description }) => (description ? [] : [`${name} ${long}`])),
      ...command.options.flatMap(({ long }) => (long && ofAll.includes(long) ? [`${name} ${long} twice`] : [])),
    ];
  });
  expect(gaps).toEqual([]);
  expect(allCommands(program).length).toBeGreaterThan(50);
});
