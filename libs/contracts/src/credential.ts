import { z } from 'zod';
import { defineRpc } from './define.js';

/** As an adapter calls it: `apiKey`, `secretKey`… */
export const credentialName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/);

/** A credential that an operator types in: a key, or the text of a key file. Exists in the clear in requests only. */
// Shorter ones could not be taken out of a message without taking words out of it.
export const credentialSecret = z.string().trim().min(8).max(16_384);

/** What stands in for it everywhere else: only provider-worker has the key that opens it. */
export const sealedCredential = z.object({
  sealed: z.string().startsWith('sealed:').max(70_000),
  /** Equal for equal secrets, and of no use without the key. */
  fingerprint: z.string(),
  /** The end of a secret that is long enough to have one to spare, else empty. */
  lastFour: z.string().max(4),
});
export type SealedCredential = z.output<typeof sealedCredential>;

/** Sealed for this channel and these names: they open nowhere else. `unavailable` while no worker holds a key. */
export const sealCredentials = defineRpc(
  'rpc.provider_worker.v1.seal_credentials',
  z.object({ channelId: z.string(), credentials: z.record(credentialName, credentialSecret) }),
  z.object({ credentials: z.record(credentialName, sealedCredential) }),
);

export const channelCredentials = z.object({
  channelId: z.string(),
  provider: z.string(),
  credentials: z.array(
    z.object({
      name: z.string(),
      /** The catalogue's, in force unless one was entered. */
      reference: z.string().nullable(),
      entered: z
        .object({ fingerprint: z.string(), lastFour: z.string(), enteredAt: z.iso.datetime({ offset: true }) })
        .nullable(),
    }),
  ),
});
export type ChannelCredentials = z.output<typeof channelCredentials>;

export const getChannelCredentials = defineRpc(
  'rpc.orchestrator.v1.get_channel_credentials',
  z.object({ channelId: z.string() }),
  channelCredentials,
);

/**
 * Those that are named are replaced, or with null taken away, which puts the catalogue's reference back in force. In force
 * for every job made afterwards; a channel that was taken out tries again at once.
 */
export const setChannelCredentials = defineRpc(
  'rpc.orchestrator.v1.set_channel_credentials',
  z.object({ channelId: z.string(), credentials: z.record(credentialName, sealedCredential.nullable()) }),
  channelCredentials,
);
