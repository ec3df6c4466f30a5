import { createHash, createHmac } from 'node:crypto';
import { type Log, seal, unseal } from '@videoapi/chassis';
import { AppError, type SealedCredential } from '@videoapi/contracts';

/** A shorter secret has no four characters to spare. */
const shortestShown = 16;
/** Each value that does not open is told of once; more than any installation has. */
const mostTold = 10_000;

interface NamedKey {
  /** Tells keys apart without telling anything of them. */
  readonly id: string;
  readonly key: Buffer;
}

/**
 * Credentials that an operator has entered, sealed for one channel and one name. The text goes through everybody's hands,
 * the keys are in provider-worker only.
 */
export class Vault {
  private readonly keys: readonly NamedKey[];
  private readonly told = new Set<string>();

  /** @param keys the first one seals, all of them open */
  constructor(
    keys: readonly Buffer[],
    private readonly log: Pick<Log, 'error'>,
  ) {
    this.keys = keys.map((key) => ({ id: idOf(key), key }));
  }

  /** @throws AppError `unavailable` without a key */
  seal(channelId: string, name: string, secret: string): SealedCredential {
    const [first] = this.keys;
    if (first === undefined) throw new AppError('unavailable', 'No key for credentials is configured.');
    const bytes = seal(first.key, contextOf(channelId, name, first.id), Buffer.from(secret));
    return {
      sealed: `sealed:${first.id}:${bytes.toString('base64url')}`,
      fingerprint: createHmac('sha256', first.key).update(`fingerprint|${secret}`).digest('hex').slice(0, 12),
      lastFour: secret.length < shortestShown ? '' : secret.slice(-4),
    };
  }

  /** Undefined for what was sealed with another key or for another place, which is told of in the log. */
  open(channelId: string, name: string, sealed: string): string | undefined {
    const [, id, text = ''] = sealed.split(':');
    const known = this.keys.find((key) => key.id === id);
    try {
      if (known !== undefined) {
        return unseal(known.key, contextOf(channelId, name, known.id), Buffer.from(text, 'base64url')).toString();
      }
      this.tell(channelId, name, sealed, 'sealed with a key that is not here');
    } catch {
      this.tell(channelId, name, sealed, 'sealed for another place, or changed');
    }
    return undefined;
  }

  private tell(channelId: string, credential: string, sealed: string, reason: string): void {
    const place = `${channelId} ${credential} ${sealed}`;
    if (this.told.has(place)) return;
    if (this.told.size >= mostTold) this.told.clear();
    this.told.add(place);
    this.log.error({ event: 'credential_unreadable', channelId, credential, reason });
  }
}

function idOf(key: Buffer): string {
  return createHash('sha256').update('key id|').update(key).digest('hex').slice(0, 8);
}

function contextOf(channelId: string, name: string, keyId: string): string {
  return `channel_credential|${channelId}|${name}|${keyId}`;
}
