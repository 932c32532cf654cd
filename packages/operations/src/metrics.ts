import { Counter, collectDefaultMetrics, Gauge, type GaugeConfiguration, Histogram, Registry } from 'prom-client';
import { createTally } from './tally.ts';

const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60];

export type Metrics = ReturnType<typeof createMetrics>;

/** The product's metrics and Node's, in their own registry. Names are a public promise; each process sets the metrics that it knows. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    ...createFlowMetrics([registry]),
    ...createAttemptMetrics([registry]),
    ...createStateMetrics([registry]),
  };
}

function name(suffix: string): string {
  return `eventhooks_${suffix}`;
}

/** Counters and histograms of the work of this process. */
function createFlowMetrics(registers: Registry[]) {
  return {
    eventsPublished: new Counter({
      registers,
      name: name('events_published_total'),
      help: 'Events accepted and committed.',
      labelNames: ['source'],
    }),
    eventsDispatched: new Counter({
      registers,
      name: name('events_dispatched_total'),
      help: 'Events whose hooks were all decided and recorded.',
    }),
    deliveries: createTally({
      registers,
      name: name('deliveries_total'),
      help: 'Deliveries that came to an end.',
      labelNames: ['handler', 'outcome'],
    }),
    suppressed: new Counter({
      registers,
      name: name('suppressed_total'),
      help: 'Deliveries held back by snooze or on_change.',
      labelNames: ['reason'],
    }),
    filtered: new Counter({
      registers,
      name: name('filtered_total'),
      help: "Events that a hook's filter kept from it.",
    }),
    orderKeyErrors: new Counter({
      registers,
      name: name('order_key_errors_total'),
      help: 'Deliveries with the empty key because order_by failed, or gave no text, number or bool.',
    }),
    filterErrors: new Counter({
      registers,
      name: name('filter_errors_total'),
      help: 'Filters that failed on an event, and so kept it from their hook.',
    }),
    inboundRequests: new Counter({
      registers,
      name: name('inbound_requests_total'),
      help: 'Requests to inbound endpoints.',
      labelNames: ['endpoint', 'result'],
    }),
    rateLimited: new Counter({
      registers,
      name: name('rate_limited_total'),
      help: 'Events of requests that a rate limit refused, by its owner: token, workspace or endpoint.',
      labelNames: ['by'],
    }),
    archivedDays: new Counter({
      registers,
      name: name('archived_days_total'),
      help: 'Days that were archived, or dropped without because the archive had failed for too long.',
      labelNames: ['result'],
    }),
    sandboxRuns: new Counter({
      registers,
      name: name('sandbox_runs_total'),
      help: 'Runs of templates and lambdas.',
      labelNames: ['kind', 'result'],
    }),
  };
}

/** Attempts of this process. */
function createAttemptMetrics(registers: Registry[]) {
  return {
    attempts: createTally({
      registers,
      name: name('delivery_attempts_total'),
      help: 'Attempts by result: succeeded, or the kind of failure.',
      labelNames: ['handler', 'result'],
    }),
    attemptDuration: new Histogram({
      registers,
      name: name('delivery_duration_seconds'),
      help: 'Time of one attempt.',
      buckets: latencyBuckets,
    }),
    eventLatency: new Histogram({
      registers,
      name: name('event_latency_seconds'),
      help: "From an event's publishing to the end of its first attempt.",
      buckets: latencyBuckets,
    }),
    batchSize: new Histogram({
      registers,
      name: name('batch_size'),
      help: 'Events of one request, for hooks with batches.',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000],
    }),
  };
}

/** Gauges of the present state. A process shows only those that it sets. */
function createStateMetrics(registers: Registry[]) {
  return {
    queueJobs: createGauge({
      registers,
      name: name('queue_jobs'),
      help: 'Jobs in the queue.',
      labelNames: ['queue', 'state'],
    }),
    undispatchedEvents: createGauge({
      registers,
      name: name('undispatched_events'),
      help: 'Events committed but not yet wholly dispatched.',
    }),
    backlogAge: createGauge({
      registers,
      name: name('backlog_age_seconds'),
      help: 'Age of the oldest event not yet dispatched, and how long the oldest due delivery is overdue.',
      labelNames: ['stage'],
    }),
    pausedDeliveries: createGauge({
      registers,
      name: name('paused_deliveries'),
      help: 'Deliveries that wait because their hook is or was paused, counted up to 100,000.',
    }),
    partitionDaysAhead: createGauge({
      registers,
      name: name('partition_days_ahead'),
      help: 'Days from today on, today included, for which every table has its partition.',
    }),
    archiveDaysWaiting: createGauge({
      registers,
      name: name('archive_days_waiting'),
      help: 'Days past their retention that wait for the archive.',
    }),
    dependencyUp: createGauge({
      registers,
      name: name('dependency_up'),
      help: '1 when a dependency answered this process, 0 when it did not, at the last scrape.',
      labelNames: ['dependency'],
    }),
    breakersOpen: createGauge({
      registers,
      name: name('breakers_open'),
      help: 'Hooks whose circuit breaker is open, as this process sees it.',
    }),
    hooks: createGauge({ registers, name: name('hooks'), help: 'Enabled hooks.', labelNames: ['handler'] }),
    schedulerActive: createGauge({
      registers,
      name: name('scheduler_active'),
      help: '1 in the one worker that runs the scheduler, 0 in the others.',
    }),
  };
}

/**
 * A gauge without labels would be 0 from its creation, also in a process that never sets it, and alerts would take that for a
 * measurement.
 */
function createGauge<L extends string>(options: GaugeConfiguration<L>): Gauge<L> {
  const gauge = new Gauge(options);
  if (options.labelNames === undefined) gauge.remove();
  return gauge;
}
