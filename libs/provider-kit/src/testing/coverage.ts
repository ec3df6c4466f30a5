import { type AdapterCapabilities } from '../capability.js';
import { type Exchange } from './exchange.js';

/** What must be shown of a submit that is refused. */
const refusals = ['content_rejected', 'invalid_request', 'rate_limited', 'channel_balance', 'channel_credentials'];
const states = ['queued', 'running', 'succeeded', 'failed', 'gone'];

/** The exchanges that are missing, in words. */
export function coverageOf(capabilities: AdapterCapabilities, exchanges: readonly Exchange[]): string[] {
  const shown = new Set(exchanges.flatMap(labelsOf));
  return demandsOf(capabilities, shown).filter((demand) => !shown.has(demand));
}

function demandsOf(capabilities: AdapterCapabilities, shown: ReadonlySet<string>): string[] {
  return [
    ...capabilities.modes.map((mode) => `submit ${mode}`),
    ...refusals.map((code) => `submit refused ${code}`),
    ...states.filter((state) => state !== 'queued' || capabilities.queue !== false).map((state) => `poll ${state}`),
    'poll failed content_rejected',
    'poll unknown status',
    ...(capabilities.usage === 'nothing' ? [] : [`poll succeeded with ${capabilities.usage}`]),
    ...(capabilities.cancel ? ['cancel cancelled', 'cancel too_late'] : []),
    ...(capabilities.lookup ? ['lookup found', 'lookup not found'] : []),
    ...(capabilities.adopt === true ? ['adopt'] : []),
    ...(capabilities.batchPoll ? ['pollMany'] : []),
    ...(capabilities.completion === 'callback' ? ['callback valid'] : []),
    ...(capabilities.callbackSigned === true || shown.has('callback signed')
      ? ['callback forged', 'callback replayed']
      : []),
  ];
}

function labelsOf(exchange: Exchange): string[] {
  switch (exchange.operation) {
    case 'submit': {
      const { result, input } = exchange;
      if (result.outcome === 'accepted') return [`submit ${input.request.type ?? 'text-to-video'}`];
      return [`submit ${result.outcome} ${codeIn(result)}`];
    }
    case 'lookup':
      return [exchange.result.outcome === 'found' ? 'lookup found' : 'lookup not found'];
    case 'poll': {
      const { result } = exchange;
      const isOdd = 'unknownStatus' in result;
      return [
        `poll ${result.state}`,
        `poll ${result.state} ${codeIn(result)}`,
        ...(isOdd ? ['poll unknown status'] : []),
        ...usedIn(result).map((fact) => `poll ${result.state} with ${fact}`),
      ];
    }
    case 'adopt':
    case 'pollMany':
      return [exchange.operation];
    case 'cancel':
      return [`cancel ${exchange.result}`];
    case 'callback':
      return [`callback ${exchange.shows}`, ...(exchange.result.trust === 'signed' ? ['callback signed'] : [])];
  }
}

function codeIn(result: Readonly<Record<string, unknown>>): string {
  const { failure } = result;
  return typeof failure === 'object' && failure !== null && 'code' in failure ? String(failure.code) : '';
}

function usedIn({ usage }: Readonly<Record<string, unknown>>): string[] {
  return typeof usage === 'object' && usage !== null ? Object.keys(usage) : [];
}
