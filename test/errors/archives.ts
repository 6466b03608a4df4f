import { wheel } from '../mock-index/wheel.js';

export const quill = wheel({ name: 'quill', version: '1.0' });
export const hash = `--hash=sha256:${quill.sha256}`;
export const wrongHash = `--hash=sha256:${'ab'.repeat(32)}`;
export const newer = wheel({ name: 'quill', version: '2.0' });
