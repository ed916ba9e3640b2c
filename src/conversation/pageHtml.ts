import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Folder of the bundled page below the extension. */
export function pageResources(extension: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extension, 'dist', 'media');
}

/**
 * The page's document. Nothing of a session is in it: rows arrive by message. Only our own script runs,
 * nothing is fetched from anywhere but the extension's folder, and images may only be inline data.
 */
export function pageHtml(webview: vscode.Webview, extension: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64url');
  const resource = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(pageResources(extension), name));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${resource('conversation-style.css')}">
<title>Conversation</title>
</head>
<body>
<div id="root"></div>
<script nonce="${nonce}" src="${resource('conversation.js')}"></script>
</body>
</html>`;
}
