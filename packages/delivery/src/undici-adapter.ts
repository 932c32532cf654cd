import {
  Axios,
  AxiosHeaders,
  type AxiosRequestConfig,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Dispatcher } from 'undici';
import type { DispatcherPair } from './dispatchers.ts';
import { Exchange, type ExchangeEnd } from './exchange.ts';

/**
 * A request, and how it is to be sent. It is an instance of a class because axios copies plain objects and their arrays key by key,
 * and passes instances on as they are. It does not use axios's own `headers` and `method`, because axios parses headers several
 * times, drops characters that it finds invalid, and adds a content type. Together these cost 25 µs per request.
 */
export class Posting {
  readonly request: Dispatcher.DispatchOptions;
  readonly timeoutMs: number;
  readonly dispatchers: DispatcherPair;

  constructor(request: Dispatcher.DispatchOptions, timeoutMs: number, dispatchers: DispatcherPair) {
    this.request = request;
    this.timeoutMs = timeoutMs;
    this.dispatchers = dispatchers;
  }
}

interface PostingConfig extends AxiosRequestConfig {
  posting: Posting;
}

/** axios over undici. The `data` of axios's response tells how the exchange ended; its status and headers stay empty. */
export interface ExchangeClient {
  request(config: PostingConfig): Promise<AxiosResponse<ExchangeEnd>>;
}

/**
 * An axios instance without axios's defaults and transformations, whose adapter is one call of undici's dispatcher. Body and
 * headers reach the wire as they were given.
 */
export function createExchangeClient(): ExchangeClient {
  return new Axios({ adapter: dispatchByUndici });
}

/** One for all responses: from any other value axios makes a new instance, twice. */
const noHeaders = new AxiosHeaders();

/** axios types an adapter's config in general; this adapter gets the config that `ExchangeClient.request` was called with. */
type AdapterConfig = InternalAxiosRequestConfig & Partial<PostingConfig>;

async function dispatchByUndici(config: AdapterConfig): Promise<AxiosResponse<ExchangeEnd>> {
  const { posting } = config;
  if (posting === undefined) throw new TypeError('the config lacks a posting');
  const { request, timeoutMs, dispatchers } = posting;
  const exchange = new Exchange(timeoutMs, () => dispatchers.fresh.dispatch(request, exchange));
  dispatchers.reusing.dispatch(request, exchange);
  return { status: 0, statusText: '', headers: noHeaders, config, data: await exchange.end };
}
