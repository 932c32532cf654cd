import { Axios, type AxiosRequestConfig, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Dispatcher } from 'undici';
import { Exchange, type ExchangeEnd } from './exchange.ts';

export interface ExchangeConfig extends AxiosRequestConfig<string | Buffer | null> {
  /** The origin. */
  baseURL: string;
  /** Path and query. */
  url: string;
  method: string;
  /**
   * Names and values, alternating. Not `headers`: axios parses those several times (20 µs a request), drops characters that it finds
   * invalid, and adds a content type of its own.
   */
  rawHeaders: string[];
  timeout: number;
  dispatcher: Dispatcher;
}

/** axios over undici; the answer's `data` tells how the exchange ended, its `headers` are left empty for the same reason. */
export interface ExchangeClient {
  request(config: ExchangeConfig): Promise<AxiosResponse<ExchangeEnd>>;
}

/**
 * An axios instance without axios's defaults and transformations, whose adapter is one call of undici's dispatcher. Body and
 * headers reach the wire as they were given.
 */
export function createExchangeClient(): ExchangeClient {
  return new Axios({ adapter: dispatchByUndici });
}

/** axios types an adapter's config as a general one; this adapter is given what `ExchangeClient.request` was. */
type AdapterConfig = InternalAxiosRequestConfig<string | Buffer | null> & Partial<ExchangeConfig>;

async function dispatchByUndici(config: AdapterConfig): Promise<AxiosResponse<ExchangeEnd>> {
  const { dispatcher, baseURL, url, method, rawHeaders, data, timeout } = config;
  if (!dispatcher || baseURL === undefined || url === undefined || method === undefined || timeout === undefined) {
    throw new TypeError('the config lacks what ExchangeConfig requires');
  }
  const exchange = new Exchange(timeout);
  // axios has lower-cased the method; on the wire it is upper case.
  const request = { origin: baseURL, path: url, method: method.toUpperCase(), headers: rawHeaders, body: data };
  dispatcher.dispatch(request, exchange);
  const end = await exchange.end;
  return { status: end.response?.status ?? 0, statusText: '', headers: {}, config, data: end };
}
