import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';

suite('the extension host', () => {
  test('has our extension', () => {
    assert.ok(vscode.extensions.getExtension('agent-session-inspector.agent-session-inspector'));
  });

  test('can load the SQLite binary: Node-API 10 or newer', () => {
    assert.ok(Number(process.versions.napi) >= 10, `Node-API ${process.versions.napi}`);
  });
});
