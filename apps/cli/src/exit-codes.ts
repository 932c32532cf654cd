/** The exit codes of the command. */
export const EXIT = {
  ok: 0,
  /** The command ran, and its answer is no: `diff` found differences, `verify` a wrong signature, `doctor` a fault. */
  no: 1,
  /** The command line, a file, or something it names is wrong. */
  usage: 2,
  /** The server refused: 4xx. */
  refused: 3,
  /** The server did not answer, or not well: network, 5xx. */
  unavailable: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a message for people on standard error. */
export class CommandFailure extends Error {
  override name = 'CommandFailure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
