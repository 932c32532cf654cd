import type { Deployment } from './deployment.ts';

/** The effect of one fault. Lists have one entry per deployment. */
export interface Row {
  fault: string;
  lastedMs: number;
  /** The times from the fault's end until everything accepted is delivered and every process is ready; null if not measured or not reached. */
  recoveriesMs: (number | null)[];
  /** Deliveries that arrived again. */
  repeats: number[];
  /** Requests that publishers were to try again. */
  unavailable: number[];
  problems: string[];
}

export function printReport(
  rows: readonly Row[],
  problems: readonly string[],
  deployments: readonly Deployment[],
): void {
  const seconds = (ms: number | null): string => (ms === null ? '-' : (ms / 1000).toFixed(1));
  const both = (values: readonly (string | number)[]): string => values.join(' / ');
  const table = [
    ['fault', 'lasted s', 'recovered after s', 'repeats', '503s', ''],
    ...rows.map((row) => [
      row.fault,
      seconds(row.lastedMs),
      both(row.recoveriesMs.map(seconds)),
      both(row.repeats),
      both(row.unavailable),
      row.problems.length > 0 ? 'FAILED' : 'ok',
    ]),
  ];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  console.log(`\nTwo values: ${both(deployments.map(({ name }) => `queue on ${name}`))}\n`);
  for (const line of table)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  console.log('');
  for (const { name, ledger, publisher } of deployments) {
    const { accepted, unavailable, broken, slowestAnswerMs } = publisher.report();
    console.log(
      `queue on ${name}: ${accepted} events accepted, ${ledger.missing().length} missing, ${ledger.repeats} deliveries repeated; ` +
        `a snoozed hook fired ${ledger.snoozedFirings} times; ${unavailable} requests answered 503, ${broken} connections broken, ` +
        `slowest answer ${seconds(slowestAnswerMs)} s`,
    );
  }
  const failed = rows.filter((row) => row.problems.length > 0).length + problems.length;
  const passed = rows.length - rows.filter((row) => row.problems.length > 0).length + (problems.length === 0 ? 1 : 0);
  console.log(`\nFaults: ${passed} passed, ${failed} failed`);
}
