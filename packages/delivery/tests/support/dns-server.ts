import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import dnsPacket from 'dns-packet';

/** Addresses, a response code, or no answer at all. */
type FamilyAnswer = readonly string[] | 'NXDOMAIN' | 'SERVFAIL' | 'silence';

/** One answer for both families (addresses of either), or one for each. */
export type DnsAnswer = FamilyAnswer | { A: FamilyAnswer; AAAA: FamilyAnswer; delayMs?: number; alias?: boolean };

export interface DnsServer {
  /** `127.0.0.1:port`, as `createNameResolver` takes it. */
  address: string;
  /** The names asked for, one entry per question: a look-up asks twice, for A and for AAAA. */
  questions: string[];
  /** Changes the answer to every later question. */
  answerWith(answer: DnsAnswer): void;
  close(): Promise<void>;
}

const responseCodes = { SERVFAIL: 2, NXDOMAIN: 3 } as const;

/** A name server of the test's own, over UDP; every answer has a TTL of 0. */
export async function startDnsServer(answer: DnsAnswer): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  let current = answer;
  socket.on('message', (message, sender) => {
    const { id = 0, questions: [question] = [] } = dnsPacket.decode(message);
    if (question === undefined) return;
    questions.push(question.name);
    const response = encodeResponse(id, question, current);
    if (response === null) return;
    const delayMs = typeof current === 'object' && 'delayMs' in current ? current.delayMs : undefined;
    if (delayMs === undefined) socket.send(response, sender.port, sender.address);
    else setTimeout(() => socket.send(response, sender.port, sender.address), delayMs);
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

function encodeResponse(id: number, question: dnsPacket.Question, answer: DnsAnswer): Buffer | null {
  const isSplit = typeof answer === 'object' && 'A' in answer;
  const ofFamily = isSplit ? answer[question.type === 'A' ? 'A' : 'AAAA'] : answer;
  if (ofFamily === 'silence') return null;
  const addresses = typeof ofFamily === 'string' ? [] : ofFamily;
  const wanted = addresses.filter((address) => isIPv4(address) === (question.type === 'A'));
  const code = typeof ofFamily === 'string' ? responseCodes[ofFamily] : 0;
  const name = isSplit && answer.alias ? 'alias.example' : question.name;
  const alias = { type: 'CNAME', name: question.name, ttl: 0, data: name } as const;
  return dnsPacket.encode({
    type: 'response',
    id,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | code,
    questions: [question],
    answers: [
      ...(name === question.name ? [] : [alias]),
      ...wanted.map((data) => ({ type: isIPv4(data) ? 'A' : 'AAAA', name, ttl: 0, data }) as const),
    ],
  });
}
