import { Axios, type AxiosRequestConfig, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Dispatcher } from 'undici';
import { Exchange, type ExchangeEnd } from './exchange.ts';

/**
 * What is to be sent, and how. An instance of a class, because axios copies plain objects and their arrays key by key and passes
 * others on as they are; and not axios's own `headers` and `method`: it parses headers several times, drops characters that it finds
 * invalid, and adds a content type of its own. Together that takes 25 µs a request.
 */
export class Posting {
  readonly request: Dispatcher.DispatchOptions;
  readonly timeoutMs: number;
  readonly dispatcher: Dispatcher;

  constructor(request: Dispatcher.DispatchOptions, timeoutMs: number, dispatcher: Dispatcher) {
    this.request = request;
    this.timeoutMs = timeoutMs;
    this.dispatcher = dispatcher;
  }
}

interface PostingConfig extends AxiosRequestConfig {
  posting: Posting;
}

/** axios over undici; the answer's `data` tells how the exchange ended, its status and headers are left empty. */
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

/** axios types an adapter's config as a general one; this adapter is given what `ExchangeClient.request` was. */
type AdapterConfig = InternalAxiosRequestConfig & Partial<PostingConfig>;

async function dispatchByUndici(config: AdapterConfig): Promise<AxiosResponse<ExchangeEnd>> {
  const { posting } = config;
  if (posting === undefined) throw new TypeError('the config lacks a posting');
  const exchange = new Exchange(posting.timeoutMs);
  posting.dispatcher.dispatch(posting.request, exchange);
  return { status: 0, statusText: '', headers: {}, config, data: await exchange.end };
}
