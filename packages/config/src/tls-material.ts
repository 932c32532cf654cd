import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Fault } from '@eventhooks/contract';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * Faults of the PEM texts in a webhook's `config`: texts that do not parse, a certificate without its key or with a wrong one, and
 * material that OpenSSL would refuse at the first connection. Takes a draft, which may have other faults.
 */
export function findTlsFaults(config: Readonly<Record<string, unknown>>): Fault[] {
  const { client_cert: cert, client_key: key, ca } = config;
  const faults: Fault[] = [];
  const fault = (field: string, message: string) => void faults.push({ path: ['config', field], message });
  const chain = typeof cert === 'string' ? parseCertificates(cert) : null;
  const privateKey = typeof key === 'string' ? parseKey(key) : null;
  if (typeof cert === 'string' && chain === null) fault('client_cert', 'expected certificates in PEM');
  if (typeof key === 'string' && privateKey === null)
    fault('client_key', 'expected a private key in PEM, without a passphrase');
  if (typeof ca === 'string' && parseCertificates(ca) === null) fault('ca', 'expected certificates in PEM');
  if (typeof cert === 'string' && !isSet(key)) fault('client_key', 'required with client_cert');
  if (typeof key === 'string' && !isSet(cert)) fault('client_cert', 'required with client_key');
  if (chain !== null && privateKey !== null && chain[0]?.checkPrivateKey(privateKey) === false) {
    fault('client_key', 'is not the key of the first certificate in client_cert');
  }
  if (faults.length > 0) return faults;
  for (const [field, material] of Object.entries({
    client_cert: typeof cert === 'string' && typeof key === 'string' ? { cert, key } : {},
    ca: typeof ca === 'string' ? { ca } : {},
  })) {
    const reason = findOpensslFault(material);
    if (reason !== null) fault(field, reason);
  }
  return faults;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function parseCertificates(text: string): X509Certificate[] | null {
  const blocks = text.match(PEM_CERTIFICATE) ?? [];
  try {
    return blocks.length === 0 ? null : blocks.map((block) => new X509Certificate(block));
  } catch {
    return null;
  }
}

function parseKey(text: string): KeyObject | null {
  try {
    return createPrivateKey(text);
  } catch {
    return null;
  }
}

/** For example a key that is too short for the security level. OpenSSL's texts hold no part of the material. */
function findOpensslFault(material: { cert?: string; key?: string; ca?: string }): string | null {
  try {
    createSecureContext(material);
    return null;
  } catch (error) {
    return `cannot be used: ${error instanceof Error ? error.message : 'unknown'}`;
  }
}
