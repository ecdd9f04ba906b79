import type { Benchmark } from './benchmark.js';
import { BULK } from './benchmarks/bulk.benchmark.js';
import { CODE_IN_CAMPAIGN } from './benchmarks/code-in-campaign.benchmark.js';
import { CODE } from './benchmarks/code.benchmark.js';
import { CURVE } from './benchmarks/curve.benchmark.js';
import { END_TO_END } from './benchmarks/end-to-end.benchmark.js';
import { ENQUEUE } from './benchmarks/enqueue.benchmark.js';
import { GATEWAY_LATENCY } from './benchmarks/gateway-latency.benchmark.js';
import { PEER } from './benchmarks/peer.benchmark.js';
import { POLL_ROUND } from './benchmarks/poll-round.benchmark.js';
import { REPORTS } from './benchmarks/reports.benchmark.js';
import { START_UP } from './benchmarks/start-up.benchmark.js';
import { STREAM } from './benchmarks/stream.benchmark.js';

/** Every benchmark, in the order of the report. */
export const BENCHMARKS: readonly Benchmark[] = [
  ENQUEUE,
  BULK,
  END_TO_END,
  PEER,
  GATEWAY_LATENCY,
  CODE,
  CODE_IN_CAMPAIGN,
  REPORTS,
  STREAM,
  POLL_ROUND,
  CURVE,
  START_UP,
];
