import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

const codes: Record<RefusalKind, { code: number; message: string }> = {
  bad_credentials: { code: 400_012, message: 'invalid account' },
  no_balance: { code: 500_090, message: 'insufficient balance' },
  rate_limited: { code: 500_044, message: 'reached the limit for concurrent generations' },
  overloaded: { code: 500_069, message: 'system is currently overloaded' },
  server_error: { code: 99_999, message: 'unknown error' },
  moderated: { code: 500_063, message: 'the prompt or image was blocked' },
  invalid: { code: 400_017, message: 'invalid param' },
  model_not_found: { code: 400_017, message: 'invalid param' },
  not_found: { code: 500_008, message: 'requested data not found' },
  conflict: { code: 400_017, message: 'invalid param' },
};

/** Always with status 200, and with nothing in it but a code and words. */
export function refuse(refusal: Refusal): WireReply {
  const { code, message } = refusal.kind === 'invalid' ? invalid(refusal) : codes[refusal.kind];
  return { status: 200, body: { ErrCode: code, ErrMsg: message, Resp: null } };
}

function invalid({ param = '', invalidity }: Refusal): { code: number; message: string } {
  if (invalidity === 'missing') return { code: 400_011, message: `empty parameter: ${param}` };
  if (param === 'prompt' && invalidity === 'value') return { code: 400_018, message: 'prompt is too long' };
  if (param === 'img_id' && invalidity === 'value') return { code: 400_032, message: 'invalid image id' };
  return { code: 400_017, message: param === '' ? 'invalid param' : `invalid param: ${param}` };
}
