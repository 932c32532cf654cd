import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatCount } from '../output.ts';
import type { Session } from '../session.ts';
import { checkAdmin, checkClock, checkTransport } from './check-admin.ts';
import { checkCapacity } from './check-capacity.ts';
import { checkDelivery } from './check-delivery.ts';
import { checkEnvironment, checkNode } from './check-machine.ts';
import { checkHooks, checkTokens } from './check-settings.ts';
import { checkSystem } from './check-system.ts';
import { checkWorker } from './check-worker.ts';
import type { Finding } from './finding.ts';

export interface DoctorOptions {
  workerUrl?: string;
  /** Makes no hook and publishes no event. */
  readOnly?: boolean;
  /** Shows only what was measured of the room that is left. */
  capacity?: boolean;
}

/** Looks over the whole installation and says what to fix. Exits with 1 where there is a fault. */
export async function doctor(session: Session, options: DoctorOptions): Promise<void> {
  if (options.capacity) return report(session, await checkCapacity(session.api));
  const findings: Finding[] = [checkNode(), ...(await checkEnvironment()), ...checkTransport(session.api)];
  const show = (finding: Finding) => findings.push(finding);
  const admin = await checkAdmin(session.api);
  admin.findings.forEach(show);
  if (admin.isUsable) {
    show(await checkClock(session.api));
    (await checkTokens(session.api)).forEach(show);
    (await checkSystem(session.api)).forEach(show);
    (await checkHooks(session.api)).forEach(show);
  }
  if (options.workerUrl !== undefined) (await checkWorker(options.workerUrl)).forEach(show);
  if (admin.isUsable && !options.readOnly) show(await checkDelivery(session.api));
  report(session, findings);
}

const MARKS = {
  ok: { mark: '✓', style: 'green' },
  warning: { mark: '!', style: 'yellow' },
  fault: { mark: '✗', style: 'red' },
} as const satisfies Record<Finding['level'], unknown>;

function report({ output }: Session, findings: readonly Finding[]): void {
  const faults = findings.filter(({ level }) => level === 'fault').length;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  output.result(findings, () => {
    const lines = findings.flatMap(({ level, what, advice }) => [
      `${output.paint(MARKS[level].style, MARKS[level].mark)} ${what}`,
      ...(advice === undefined ? [] : [`    ${advice}`]),
    ]);
    const summary =
      faults + warnings === 0
        ? 'Everything works.'
        : `${formatCount(faults, 'fault')}, ${formatCount(warnings, 'warning')}.`;
    return [...lines, '', summary].join('\n');
  });
  if (faults > 0) throw new CommandFailure(EXIT.no, '');
}
