import { type Measurement, steady } from './measure.ts';
import type { BenchOptions } from './options.ts';
import type { Latency } from './receiver.ts';
import type { LoopResult } from './undici-loop.ts';

/** The measurement as lines for people. */
export function formatReport(options: BenchOptions, measurement: Measurement): string {
  const { undici, ratio, bullmqPerSecond, throughput, latencyMs } = measurement;
  const lines = [
    `${options.events} events, ${options.workers} worker(s), ${options.backend} backend`,
    '',
    `raw undici, before   ${loop(undici.before)}`,
    `raw undici, after    ${loop(undici.after)}`,
    `bare BullMQ loop     ${bullmqPerSecond === null ? 'not measured without Redis' : rate(bullmqPerSecond)}`,
    `published            ${rate(throughput.publishedPerSecond)}`,
    `delivered            ${rate(throughput.deliveredPerSecond)}   ${ratio.toFixed(2)} of the raw undici loop's mean`,
    `repeated             ${throughput.repeats}`,
    '',
    'publish to receive',
    `  all at once        ${latency(throughput.latencyMs)}`,
    `  at ${steady.perSecond}/s           ${latency(latencyMs)}`,
    '',
    'process       CPU µs/delivery   MiB first    max   last',
    ...throughput.usage.map(({ name, cpuMs, memoryMiB }) =>
      [
        name.padEnd(13),
        ((cpuMs * 1_000) / options.events).toFixed(0).padStart(15),
        memoryMiB.first.toFixed(0).padStart(12),
        memoryMiB.max.toFixed(0).padStart(6),
        memoryMiB.last.toFixed(0).padStart(6),
      ].join(' '),
    ),
  ];
  return lines.join('\n');
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond)}/s`.padStart(9);
}

function loop({ perSecond, cpuUsPerDelivery }: LoopResult): string {
  return `${rate(perSecond)}   ${cpuUsPerDelivery.toFixed(0)} µs CPU a delivery, client and receiver`;
}

function latency({ p50, p95, p99 }: Latency): string {
  return `p50 ${p50.toFixed(1)} ms   p95 ${p95.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms`;
}
