import { isIP } from 'node:net';

/** A certificate and its key, PEM. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** What a service shows over TLS. */
export interface Certificates {
  /** Certificate of the authority that signed both others, PEM; clients trust it. */
  readonly ca: string;
  readonly valid: KeyPair;
  /** Expired yesterday, otherwise the same. */
  readonly expired: KeyPair;
}

const dayMs = 86_400_000;

/**
 * Makes an authority of its own and certificates for this machine; nothing is kept. They hold by the system's clock,
 * which clients check them by, not by the clock of the services.
 *
 * @param host where the services listen
 * @param now ms since the epoch
 */
export async function makeCertificates(host: string, now: number): Promise<Certificates> {
  // Loaded only here: starting without TLS needs none of it.
  const { generate } = await import('selfsigned');
  const common = { keyType: 'ec', algorithm: 'sha256' } as const;
  const at = (days: number): Date => new Date(now + days * dayMs);
  const authority = await generate([{ name: 'commonName', value: 'mock-services CA' }], {
    ...common,
    notBeforeDate: at(-400),
    notAfterDate: at(400),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const names = new Set(['localhost', '127.0.0.1', '::1', host]);
  const altNames = [...names].map((name) =>
    isIP(name) > 0 ? ({ type: 7, ip: name } as const) : ({ type: 2, value: name } as const),
  );
  const leaf = async (from: number, to: number): Promise<KeyPair> => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'mock-services' }], {
      ...common,
      ca: { key: authority.private, cert: authority.cert },
      notBeforeDate: at(from),
      notAfterDate: at(to),
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        { name: 'subjectAltName', altNames },
      ],
    });
    return { key, cert };
  };
  return { ca: authority.cert, valid: await leaf(-1, 365), expired: await leaf(-365, -1) };
}
