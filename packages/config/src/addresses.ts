/** An address of a server in a URL that names one or several. */
export interface Address {
  host: string;
  port: number;
}

/** Reads `host:port,[v6]:port,host`; null when an entry is no address. */
export function parseAddresses(text: string, defaultPort: number): Address[] | null {
  const addresses = text.split(',').map((address) => parseAddress(address, defaultPort));
  return addresses.every((address) => address !== null) ? addresses : null;
}

function parseAddress(text: string, defaultPort: number): Address | null {
  const match = /^(?:\[(?<v6>[\da-f:.]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d{1,5}))?$/i.exec(text.trim())?.groups;
  const host = match?.v6 ?? match?.name;
  const port = Number(match?.port ?? defaultPort);
  return host && port >= 1 && port <= 65_535 ? { host, port } : null;
}
