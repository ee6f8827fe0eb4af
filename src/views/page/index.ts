/** The data of a page in, one HTML file out that needs nothing else: style, script and data stand in it. */
import { gzipSync } from 'node:zlib';
import { readInstalled } from '../../installation.ts';
import { escapeHtml } from '../html.ts';
import type { PageData } from './data.ts';

export function pageHtml(data: PageData): string {
  const packed = gzipSync(JSON.stringify(data), { level: 9 }).toString('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${data.model} · nnc`)}</title>
<link rel="icon" href="data:,">
<style>
${readInstalled('dist/page.css')}</style>
</head>
<body>
<header id="top">
<span class="brand">n<span>n</span>c</span>
<span class="file">${escapeHtml(data.title)}</span>
<span id="facts"></span>
<input id="search" type="search" list="names" placeholder="find a value  /" aria-label="find a value" autocomplete="off">
<datalist id="names"></datalist>
<button id="theme" type="button" title="light or dark (t)" aria-label="light or dark"><svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor"/></svg></button>
</header>
<nav id="tabs" aria-label="panels"></nav>
<main id="panels"></main>
<footer id="thread" aria-live="polite"></footer>
<noscript><p>This page needs JavaScript.</p></noscript>
<script type="application/octet-stream" id="data">${packed}</script>
<script>
${readInstalled('dist/page.js')}</script>
</body>
</html>
`;
}
