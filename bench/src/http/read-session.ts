import { HttpClient, json } from '@llm-memory-graph/http';
import { pooledFetch } from '@llm-memory-graph/http/node';
import { sessionInfo } from '@llm-memory-graph/contracts';
import { RegistryClient } from '@llm-memory-graph/registry-client';
import axios from 'axios';
import got from 'got';
import { Agent as HttpAgent } from 'node:http';
import { ofetch } from 'ofetch';
import OpenAI from 'openai';
import { Agent, request } from 'undici';
import type { Group } from '../harness/suite.ts';
import { loaded } from './load.ts';

const path = '/api/v1/sessions/0198f6a2-7c1e-7b42-9d11-5f0a3c2e8b77';
const id = path.slice(path.lastIndexOf('/') + 1);
const apiKey = 'sk-benchmark';

/** Peers send the same key and parse the JSON; only ours check its shape. Ours retry, break and time out, as they come. */
export const readSession: Group = {
  title: 'read a session over loopback, 300-byte JSON, concurrency 10',
  goal: 'pooled >= 0.85 of undici.request with retry, breaker, timeout, auth and validation; >= 3x openai and axios; <= 150 us CPU',
  cases: [
    loaded({ name: 'undici.request', floor: true }, (baseUrl) => {
      const dispatcher = new Agent({ connections: 10 });
      const headers = { authorization: `Bearer ${apiKey}`, accept: 'application/json' };
      return async (): Promise<unknown> => (await request(baseUrl + path, { dispatcher, headers })).body.json();
    }),
    loaded({ name: 'RegistryClient over pooledFetch', ours: true }, (baseUrl) => {
      const client = new RegistryClient({ baseUrl, apiKey, fetch: pooledFetch().fetch });
      return () => client.getSession(id);
    }),
    loaded({ name: 'HttpClient over pooledFetch', ours: true }, (baseUrl) => {
      const client = new HttpClient({ baseUrl, auth: apiKey, fetch: pooledFetch().fetch });
      return () => client.call({ method: 'GET', path }, json(sessionInfo));
    }),
    loaded({ name: 'RegistryClient over global fetch', ours: true }, (baseUrl) => {
      const client = new RegistryClient({ baseUrl, apiKey });
      return () => client.getSession(id);
    }),
    loaded({ name: 'fetch' }, (baseUrl) => {
      const headers = { authorization: `Bearer ${apiKey}` };
      return async (): Promise<unknown> => (await fetch(baseUrl + path, { headers })).json();
    }),
    loaded({ name: 'ofetch' }, (baseUrl) => {
      const client = ofetch.create({ baseURL: baseUrl, headers: { authorization: `Bearer ${apiKey}` } });
      return () => client<unknown>(path);
    }),
    loaded({ name: 'got' }, (baseUrl) => {
      const agent = { http: new HttpAgent({ keepAlive: true, maxSockets: 10 }) };
      const client = got.extend({ prefixUrl: baseUrl, agent, headers: { authorization: `Bearer ${apiKey}` } });
      return () => client(path.slice(1)).json();
    }),
    loaded({ name: 'axios' }, (baseUrl) => {
      const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 10 });
      const client = axios.create({ baseURL: baseUrl, httpAgent, headers: { authorization: `Bearer ${apiKey}` } });
      return async () => (await client.get<unknown>(path)).data;
    }),
    loaded({ name: 'openai SDK' }, (baseUrl) => {
      const client = new OpenAI({ baseURL: `${baseUrl}/api/v1`, apiKey });
      return () => client.models.retrieve('gpt-4');
    }),
  ],
};
