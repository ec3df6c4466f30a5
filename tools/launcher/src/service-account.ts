import { generateKeyPairSync } from 'node:crypto';

/**
 * A Google service account for the simulator, as Google hands one out. The simulator keeps no register: the id of a key
 * that it takes is its public half.
 */
export function newServiceAccount(): string {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return JSON.stringify({
    type: 'service_account',
    client_email: 'videoapi@simulator.iam.gserviceaccount.com',
    private_key_id: publicKey.toString('base64url'),
    private_key: privateKey,
  });
}
