import { type CallOutcome } from '../call/call.js';
import { parseJson } from '../call/json.js';
import { type RawReply } from './http.js';

/** What came back, parsed. Text is good enough beside a failure: the status says what matters, and proxies write HTML. */
export function readReply({ reply, bytes }: Pick<RawReply, 'reply' | 'bytes'>): CallOutcome {
  const text = bytes.toString('utf8');
  const isSuccess = reply.status >= 200 && reply.status < 300;
  try {
    return { kind: 'reply', reply: { ...reply, body: text === '' && isSuccess ? undefined : parseJson(text) } };
  } catch {
    if (!isSuccess) return { kind: 'reply', reply: { ...reply, body: text } };
    return { kind: 'unparseable', reason: `status ${reply.status}: ${bytes.length} bytes that are no JSON` };
  }
}
