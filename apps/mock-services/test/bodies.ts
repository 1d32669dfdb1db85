/** Bodies of requests that the tests send. */
export const session = (id: string): string =>
  `{"session_id":"${id}","model_id":"gpt-4","started_at":"2025-11-07T10:15:30Z","metadata":{},"tags":[]}`;

export const usage = (id: string): string =>
  `{"session_id":"${id}","model_id":"","prompt_tokens":8,"completion_tokens":2,"total_tokens":10,"latency_ms":null,"timestamp":"2025-11-07T10:15:31Z","metadata":{}}`;

export const archive = (id: string, days = 1): string =>
  `{"id":"${id}","session_id":"s","data":{"x":1},"archived_at":"2025-11-07T10:20:00Z","retention_days":${String(days)}}`;

export const policy = (id: string, days: number): string =>
  `{"policy_id":"${id}","name":"${id}","retention_days":${String(days)},"auto_delete":true,"compliance_level":"standard","description":null,"created_at":"2025-11-07T10:20:00Z","tags":[]}`;
