import { constants, generateKeyPairSync, privateEncrypt } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

/** PEM text. */
export interface Certificate {
  cert: string;
  key: string;
}

export interface CertificateOptions {
  /** Host names and addresses; the first is the common name. */
  names: readonly string[];
  issuer: Certificate | 'itself';
  expired?: boolean;
  authority?: boolean;
}

const DAY_MS = 86_400_000;

export function createCertificate({ names, issuer, expired, authority }: CertificateOptions): Certificate {
  // Node makes RSA keys far faster than forge does.
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const { n, e } = forge.pki.privateKeyFromPem(key);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(n, e);
  certificate.serialNumber = forge.util.bytesToHex(`\x01${forge.random.getBytesSync(8)}`);
  certificate.validity.notBefore = new Date(Date.now() - 10 * DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + (expired ? -1 : 10) * DAY_MS);
  const subject = [{ name: 'commonName', value: names[0] ?? '' }];
  certificate.setSubject(subject);
  certificate.setIssuer(issuer === 'itself' ? subject : forge.pki.certificateFromPem(issuer.cert).subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: authority === true },
    {
      name: 'subjectAltName',
      altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
    },
  ]);
  certificate.sign(createSigner(issuer === 'itself' ? key : issuer.key), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key };
}

/** RFC 8017, section 9.2: what comes before a SHA-256 digest that RSA signs. */
const SHA256_PREFIX = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** forge's key, signing by Node: forge's own arithmetic takes more than a second a signature inside Jest. */
function createSigner(key: string): forge.pki.rsa.PrivateKey {
  const sign = (digest: forge.md.MessageDigest) => {
    const info = Buffer.concat([SHA256_PREFIX, Buffer.from(digest.digest().toHex(), 'hex')]);
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info).toString('binary');
  };
  return { ...forge.pki.privateKeyFromPem(key), sign };
}
