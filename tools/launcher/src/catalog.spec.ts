import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@videoapi/testing';
import { readCatalog } from './catalog.js';
import { root } from './root.js';

const channel = "{ id: sim, provider: simulator, baseUrl: '${SIMULATOR_URL}/simulator' }";

function catalogFile(text: string): string {
  const file = join(tempDir(), 'catalog.yaml');
  writeFileSync(file, text);
  return file;
}

describe('readCatalog', () => {
  it('puts variables in', () => {
    const file = catalogFile(`
      # a comment may speak of \${ANYTHING}
      sandboxChannel: sim
      channels: [${channel}]
      models:
        - id: m
          name: M
          capabilities: { types: [text-to-video], resolutions: [720p], durations: { values: [5] }, aspectRatios: ['16:9'] }
          defaults: { resolution: 720p, aspectRatio: '16:9', duration: 5 }
          price: { mode: per_call, credits: 10 }
    `);
    const { channels } = readCatalog(file, { SIMULATOR_URL: 'http://127.0.0.1:8083' });
    expect(channels[0]?.baseUrl).toBe('http://127.0.0.1:8083/simulator');
  });

  it('finds the one that we ship valid', () => {
    const { models, channels } = readCatalog(join(root, 'config/catalog.yaml'), { SIMULATOR_URL: 'http://sim' });
    expect(models.length).toBeGreaterThan(channels.length);
  });

  it('says which variable is missing', () => {
    expect(() => readCatalog(catalogFile(`channels: [${channel}]`), {})).toThrow(/SIMULATOR_URL is not set/);
  });

  it('says where it is wrong', () => {
    const file = catalogFile('channels: []\nmodels: []\nsandboxChannel: nowhere');
    expect(() => readCatalog(file, {})).toThrow(/channels/);
  });
});
