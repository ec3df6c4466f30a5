interface Garbage {
  readonly contentType: string;
  readonly body: string;
}

const variants: readonly Garbage[] = [
  { contentType: 'application/json', body: '{"id":"vid' },
  { contentType: 'text/html', body: '<html><body><h1>502 Bad Gateway</h1></body></html>' },
  { contentType: 'application/json', body: '{"unexpected":[null,{"shape":true}]}' },
  { contentType: 'application/json', body: '' },
  { contentType: 'application/octet-stream', body: '\u0000\u0001\ufffd' },
];

/** What a broken provider answers with status 200: half JSON, a proxy's page, another shape, nothing. Takes turns. */
export function garbage(turn: number): Garbage {
  return variants[turn % variants.length] ?? { contentType: 'text/plain', body: '' };
}
