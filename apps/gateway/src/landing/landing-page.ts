/** What a person sees who opens the API's address: how to make the first video. */
export function landingPage(baseUrl: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>VideoAPI</title>
<style>
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1a1a1a }
pre { background: #f4f4f5; padding: 1rem; overflow-x: auto; border-radius: 6px; font-size: 14px }
</style>
</head>
<body>
<h1>VideoAPI</h1>
<p>One API in front of every video model. A task is paid for only when its video is stored.</p>
<h2>Your first video</h2>
<p>1. Choose a model:</p>
<pre>curl ${baseUrl}/v1/models</pre>
<p>2. Create a task. The answer holds its <code>task_id</code>:</p>
<pre>curl -X POST ${baseUrl}/v1/video/generations \\
  -H "Authorization: Bearer $VIDEOAPI_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model":"video-2.0-mini-reference-to-video","prompt":"A paper boat crosses a puddle at night","duration":5}'</pre>
<p>3. Wait for it. <code>wait</code> holds the answer back until the video is ready, at most 60 seconds:</p>
<pre>curl "${baseUrl}/v1/video/generations/$TASK_ID?wait=60" \\
  -H "Authorization: Bearer $VIDEOAPI_KEY"</pre>
<p>The finished video is at <code>url</code>.</p>
<p>Every call, field and error: <a href="docs">the reference</a>, also as <a href="openapi.json">OpenAPI</a>.</p>
</body>
</html>
`;
}
