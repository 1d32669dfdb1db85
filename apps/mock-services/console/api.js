/* global fetch, sessionStorage, TextDecoderStream */
import { byId } from './dom.js';

let key = sessionStorage.getItem('mock-control-key') ?? '';

async function call(method, path, body) {
  const headers = key === '' ? {} : { authorization: `Bearer ${key}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  return fetch(`/__mock/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

let asking;

/** Asks for the control key, once for all who wait for it. */
function askForKey(wrong) {
  asking ??= new Promise((resolve) => {
    const dialog = byId('key-dialog');
    byId('key-error').textContent = wrong ? 'This key is not known.' : '';
    dialog.addEventListener(
      'close',
      () => {
        key = byId('key').value;
        sessionStorage.setItem('mock-control-key', key);
        asking = undefined;
        resolve();
      },
      { once: true },
    );
    dialog.showModal();
  });
  return asking;
}

/** Calls the control API; asks for its key when it wants one. Throws what its problem says. */
export async function api(method, path, body) {
  for (;;) {
    const answer = await call(method, path, body);
    if (answer.status === 401) await askForKey(key !== '');
    else if (answer.ok) return answer;
    else throw new Error((await answer.json().catch(() => ({}))).detail ?? `the services answered ${answer.status}`);
  }
}

/** Reads server-sent events until the stream ends. `EventSource` cannot send a key. */
export async function follow(path, seen) {
  const answer = await api('GET', path);
  let rest = '';
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + part).split('\n\n');
    rest = frames.pop();
    for (const frame of frames) {
      const event = /^event: (.*)$/m.exec(frame)?.[1];
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (event !== undefined && data !== undefined) seen(event, JSON.parse(data));
    }
  }
}
