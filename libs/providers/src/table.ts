import type { AdapterCapabilities } from '@videoapi/provider-kit';

/** `docs/providers.md`, whole: what each provider's wire can do, and under it what is guessed, limited or surprising. */
export function providersPage(catalog: Readonly<Record<string, AdapterCapabilities>>): string {
  const providers = Object.values(catalog).toSorted((one, other) => one.provider.localeCompare(other.provider));
  return [
    '# Providers',
    '',
    'Written by `npm run providers:table` from each adapter’s `capabilities.ts`; a test fails when the two differ. What one model',
    'takes (lengths, sizes, sound) is the catalogue’s affair: `config/catalog.yaml`.',
    '',
    row(columns.map(([title]) => title)),
    row(columns.map(() => '---')),
    ...providers.map((provider) => row(columns.map(([, cell]) => cell(provider)))),
    '',
    '- **Completion**: how we learn of an end. Callbacks are reasons to look and are always read back; polls are the safety net.',
    '- **Look-up**: can a render be found after a submit whose answer was lost? By our reference, or by what its callback names;',
    '  either way it is this task’s only once the provider shows it to our key.',
    '- **Result**: how long a result URL lives, and whether the channel’s key is needed to read it. Results are copied at once.',
    '- **Says it used**: what its answer tells. A second is always one of the stored file, which is measured; tokens settle models',
    '  that are priced by them; a cost is kept for the books. What is charged is never more than the quote.',
    '',
    ...providers.flatMap(section),
  ].join('\n');
}

const columns: readonly (readonly [string, (provider: AdapterCapabilities) => string])[] = [
  ['Provider', ({ provider }) => `[${provider}](#${provider})`],
  ['Modes', ({ modes }) => modes.join(', ')],
  ['Completion', completionOf],
  ['Cancel', ({ cancel }) => yes(cancel)],
  ['Look-up', lookUpOf],
  ['Polls many', ({ batchPoll }) => yes(batchPoll)],
  ['Result', resultOf],
  ['Says it used', ({ usage }) => usage],
];

function completionOf({ completion, callbackSigned }: AdapterCapabilities): string {
  if (completion === 'poll') return 'poll';
  return callbackSigned === true ? 'signed callback' : 'callback';
}

function lookUpOf({ lookup, adopt }: AdapterCapabilities): string {
  const ways = [...(lookup ? ['yes'] : []), ...(adopt === true ? ['by callback'] : [])];
  return ways.length === 0 ? '–' : ways.join(', ');
}

function resultOf({ resultTtlSeconds, resultNeedsKey }: AdapterCapabilities): string {
  const life = resultTtlSeconds === null ? 'no known end' : lifeOf(resultTtlSeconds);
  return resultNeedsKey ? `${life}, with the key` : life;
}

function lifeOf(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  return seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${Math.round(seconds / 60)} min`;
}

function section({ provider, providerOptions, hosts = {}, notes }: AdapterCapabilities): string[] {
  const options =
    providerOptions.length === 0 ? [] : [`- \`provider_options\`: ${providerOptions.map(code).join(', ')}`];
  const others = Object.entries(hosts).map(([name, url]) => `- \`options.hosts.${name}\` of a channel, else ${url}`);
  return [`## ${provider}`, '', ...options, ...others, ...notes.map((note) => `- ${note}`), ''];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function yes(flag: boolean): string {
  return flag ? 'yes' : '–';
}
