import { type Ready } from './launcher.js';
import { type Stack } from './stack.js';

/** What a person reads who has just started the platform: the last line is `ready: <gateway url>`. */
export function banner({ urls, settings }: Stack, { demo: { keys }, model }: Ready): string {
  return `
Your first video:

  id=$(curl -s ${urls.gateway}/v1/video/generations \\
    -H "Authorization: Bearer ${keys.live}" -H "Content-Type: application/json" \\
    -d '{"model":"${model}","prompt":"A paper boat crosses a puddle at night"}' \\
    | sed 's/.*"task_id":"\\([^"]*\\)".*/\\1/')
  curl -s "${urls.gateway}/v1/video/generations/$id?wait=60" -H "Authorization: Bearer ${keys.live}"

Keys, URLs and databases: ${settings.home}/dev.json    Logs: ${settings.home}/logs
Ctrl-C stops everything; the data is kept.

ready: ${urls.gateway}
`;
}
