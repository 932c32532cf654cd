import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import dnsPacket from 'dns-packet';

/** Addresses of both families, a response code, or no answer at all. */
export type DnsAnswer = readonly string[] | 'NXDOMAIN' | 'SERVFAIL' | 'silence';

export interface DnsServer {
  /** `127.0.0.1:port`, as `createNameResolver` takes it. */
  address: string;
  /** Names that were asked for, one entry a question (so two a look-up: A and AAAA). */
  questions: string[];
  /** What every later question is answered with. */
  answerWith(answer: DnsAnswer): void;
  close(): Promise<void>;
}

const SERVFAIL = 2;
const NXDOMAIN = 3;

/** A name server of the test's own, over UDP; every answer has a TTL of 0. */
export async function startDnsServer(answer: DnsAnswer): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  let current = answer;
  socket.on('message', (message, sender) => {
    const query = dnsPacket.decode(message);
    const question = query.questions?.[0];
    if (question === undefined) return;
    questions.push(question.name);
    if (current === 'silence') return;
    const addresses = typeof current === 'string' ? [] : current;
    const wanted = addresses.filter((address) => isIPv4(address) === (question.type === 'A'));
    const code = typeof current === 'string' ? { NXDOMAIN, SERVFAIL }[current] : 0;
    const response = dnsPacket.encode({
      type: 'response',
      id: query.id ?? 0,
      flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | code,
      questions: [question],
      answers: wanted.map((data) => ({ type: isIPv4(data) ? 'A' : 'AAAA', name: question.name, ttl: 0, data })),
    });
    socket.send(response, sender.port, sender.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    answerWith: (next) => {
      current = next;
    },
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
