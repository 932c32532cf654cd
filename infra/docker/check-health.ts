/** For HEALTHCHECK: exits 0 when the process in this container, admin or worker, answers the path (`/healthz`) with 200. */
const path = process.argv[2] ?? '/healthz';
const ports = [process.env.EVENTHOOKS_ADMIN_PORT || '8001', process.env.EVENTHOOKS_WORKER_PORT || '8002'];

const answers = await Promise.allSettled(
  ports.map((port) => fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(4_000) })),
);
process.exit(answers.some((answer) => answer.status === 'fulfilled' && answer.value.ok) ? 0 : 1);
