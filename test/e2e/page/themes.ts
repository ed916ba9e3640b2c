/** What VS Code's own themes give a webview, for the variables that the page uses. */

export type ThemeName = 'dark' | 'light' | 'hc-dark' | 'hc-light';

type Colors = Readonly<Record<string, string>>;

const dark: Colors = {
  foreground: '#cccccc',
  descriptionForeground: '#9d9d9d',
  errorForeground: '#f85149',
  focusBorder: '#0078d4',
  'icon-foreground': '#cccccc',
  'editor-background': '#1f1f1f',
  'editor-foreground': '#cccccc',
  'editorWidget-background': '#202020',
  'editorWarning-foreground': '#cca700',
  'widget-border': '#313131',
  'widget-shadow': 'rgba(0, 0, 0, 0.36)',
  'button-background': '#0078d4',
  'button-foreground': '#ffffff',
  'button-hoverBackground': '#026ec1',
  'button-border': 'rgba(255, 255, 255, 0.1)',
  'textLink-foreground': '#4daafc',
  'textLink-activeForeground': '#4daafc',
  'textPreformat-foreground': '#d0d0d0',
  'textPreformat-background': '#3c3c3c',
  'textCodeBlock-background': '#2b2b2b',
  'textBlockQuote-background': '#2b2b2b',
  'textBlockQuote-border': '#616161',
  'toolbar-hoverBackground': 'rgba(90, 93, 94, 0.31)',
  'toolbar-activeBackground': 'rgba(99, 102, 103, 0.31)',
  'list-hoverBackground': '#2a2d2e',
  'list-warningForeground': '#cca700',
  'chat-requestBubbleBackground': 'rgba(38, 79, 120, 0.3)',
  'charts-green': '#89d185',
  'debugTokenExpression-name': '#c586c0',
  'debugTokenExpression-string': '#ce9178',
  'debugTokenExpression-number': '#b5cea8',
  'debugTokenExpression-boolean': '#4e94ce',
  'symbolIcon-methodForeground': '#b180d7',
  'diffEditor-insertedTextBackground': 'rgba(156, 204, 44, 0.2)',
  'diffEditor-removedTextBackground': 'rgba(255, 0, 0, 0.2)',
  'scrollbarSlider-background': 'rgba(121, 121, 121, 0.4)',
  'editor-findMatchBackground': '#9e6a03',
  'editor-findMatchHighlightBackground': 'rgba(234, 92, 0, 0.33)',
  'editor-rangeHighlightBackground': 'rgba(255, 255, 255, 0.04)',
  'editorWidget-foreground': '#cccccc',
  'input-background': '#313131',
  'input-border': '#3c3c3c',
  'input-foreground': '#cccccc',
  'input-placeholderForeground': '#989898',
  'inputOption-activeBackground': 'rgba(36, 137, 219, 0.51)',
  'inputOption-activeBorder': '#2488db',
  'inputOption-activeForeground': '#ffffff',
  'inputOption-hoverBackground': 'rgba(90, 93, 94, 0.5)',
  'inputValidation-errorBackground': '#5a1d1d',
  'inputValidation-errorBorder': '#be1100',
};

const light: Colors = {
  foreground: '#3b3b3b',
  descriptionForeground: '#3b3b3b',
  errorForeground: '#f85149',
  focusBorder: '#005fb8',
  'icon-foreground': '#3b3b3b',
  'editor-background': '#ffffff',
  'editor-foreground': '#3b3b3b',
  'editorWidget-background': '#f8f8f8',
  'editorWarning-foreground': '#bf8803',
  'widget-border': '#e5e5e5',
  'widget-shadow': 'rgba(0, 0, 0, 0.16)',
  'button-background': '#005fb8',
  'button-foreground': '#ffffff',
  'button-hoverBackground': '#0258a8',
  'button-border': 'rgba(0, 0, 0, 0.1)',
  'textLink-foreground': '#005fb8',
  'textLink-activeForeground': '#005fb8',
  'textPreformat-foreground': '#3b3b3b',
  'textPreformat-background': 'rgba(0, 0, 0, 0.12)',
  'textCodeBlock-background': '#f8f8f8',
  'textBlockQuote-background': '#f8f8f8',
  'textBlockQuote-border': '#e5e5e5',
  'toolbar-hoverBackground': 'rgba(184, 184, 184, 0.31)',
  'toolbar-activeBackground': 'rgba(166, 166, 166, 0.31)',
  'list-hoverBackground': '#f2f2f2',
  'list-warningForeground': '#855f00',
  'chat-requestBubbleBackground': 'rgba(173, 214, 255, 0.3)',
  'charts-green': '#388a34',
  'debugTokenExpression-name': '#9b46b0',
  'debugTokenExpression-string': '#a31515',
  'debugTokenExpression-number': '#098658',
  'debugTokenExpression-boolean': '#0000ff',
  'symbolIcon-methodForeground': '#652d90',
  'diffEditor-insertedTextBackground': 'rgba(156, 204, 44, 0.25)',
  'diffEditor-removedTextBackground': 'rgba(255, 0, 0, 0.2)',
  'scrollbarSlider-background': 'rgba(100, 100, 100, 0.4)',
  'editor-findMatchBackground': '#a8ac94',
  'editor-findMatchHighlightBackground': 'rgba(234, 92, 0, 0.33)',
  'editor-rangeHighlightBackground': 'rgba(253, 255, 0, 0.2)',
  'editorWidget-foreground': '#3b3b3b',
  'input-background': '#ffffff',
  'input-border': '#cecece',
  'input-foreground': '#3b3b3b',
  'input-placeholderForeground': '#767676',
  'inputOption-activeBackground': '#bed6ed',
  'inputOption-activeBorder': '#005fb8',
  'inputOption-activeForeground': '#000000',
  'inputOption-hoverBackground': 'rgba(184, 184, 184, 0.31)',
  'inputValidation-errorBackground': '#f2dede',
  'inputValidation-errorBorder': '#be1100',
};

const hcDark: Colors = {
  foreground: '#ffffff',
  descriptionForeground: 'rgba(255, 255, 255, 0.7)',
  errorForeground: '#f48771',
  focusBorder: '#f38518',
  contrastBorder: '#6fc3df',
  contrastActiveBorder: '#f38518',
  'icon-foreground': '#ffffff',
  'editor-background': '#000000',
  'editor-foreground': '#ffffff',
  'editorWidget-background': '#0c141f',
  'editorWarning-foreground': '#ffd370',
  'widget-border': '#6fc3df',
  'button-background': '#000000',
  'button-foreground': '#ffffff',
  'button-border': '#6fc3df',
  'textLink-foreground': '#21a6ff',
  'textLink-activeForeground': '#21a6ff',
  'textPreformat-foreground': '#ffffff',
  'textPreformat-background': '#000000',
  'textCodeBlock-background': '#000000',
  'textBlockQuote-border': '#ffffff',
  'toolbar-hoverOutline': '#f38518',
  'list-hoverBackground': 'rgba(255, 255, 255, 0.1)',
  'charts-green': '#89d185',
  'debugTokenExpression-name': '#ffffff',
  'debugTokenExpression-string': '#f48771',
  'debugTokenExpression-number': '#89d185',
  'debugTokenExpression-boolean': '#75bdfe',
  'symbolIcon-methodForeground': '#b180d7',
  'scrollbarSlider-background': 'rgba(111, 195, 223, 0.6)',
  'editor-findMatchBorder': '#f38518',
  'editor-findMatchHighlightBorder': '#f38518',
  'editor-rangeHighlightBorder': '#f38518',
  'editorWidget-foreground': '#ffffff',
  'input-background': '#000000',
  'input-border': '#6fc3df',
  'input-foreground': '#ffffff',
  'input-placeholderForeground': 'rgba(255, 255, 255, 0.7)',
  'inputOption-activeBackground': 'rgba(0, 0, 0, 0)',
  'inputOption-activeBorder': '#6fc3df',
  'inputOption-activeForeground': '#ffffff',
  'inputValidation-errorBackground': '#000000',
  'inputValidation-errorBorder': '#6fc3df',
};

const hcLight: Colors = {
  foreground: '#292929',
  descriptionForeground: 'rgba(41, 41, 41, 0.7)',
  errorForeground: '#b5200d',
  focusBorder: '#006bbd',
  contrastBorder: '#0f4a85',
  contrastActiveBorder: '#006bbd',
  'icon-foreground': '#292929',
  'editor-background': '#ffffff',
  'editor-foreground': '#292929',
  'editorWidget-background': '#ffffff',
  'editorWarning-foreground': '#895503',
  'widget-border': '#0f4a85',
  'button-background': '#0f4a85',
  'button-foreground': '#ffffff',
  'button-hoverBackground': '#0f4a85',
  'button-border': '#0f4a85',
  'textLink-foreground': '#0f4a85',
  'textLink-activeForeground': '#0f4a85',
  'textPreformat-foreground': '#ffffff',
  'textPreformat-background': '#09345f',
  'textCodeBlock-background': '#f2f2f2',
  'textBlockQuote-background': '#f2f2f2',
  'textBlockQuote-border': '#292929',
  'toolbar-hoverOutline': '#006bbd',
  'list-hoverBackground': 'rgba(15, 74, 133, 0.1)',
  'charts-green': '#374e06',
  'debugTokenExpression-name': '#292929',
  'debugTokenExpression-string': '#a31515',
  'debugTokenExpression-number': '#098658',
  'debugTokenExpression-boolean': '#0000ff',
  'symbolIcon-methodForeground': '#652d90',
  'scrollbarSlider-background': 'rgba(15, 74, 133, 0.4)',
  'editor-findMatchBorder': '#006bbd',
  'editor-findMatchHighlightBorder': '#006bbd',
  'editor-rangeHighlightBorder': '#006bbd',
  'editorWidget-foreground': '#292929',
  'input-background': '#ffffff',
  'input-border': '#0f4a85',
  'input-foreground': '#292929',
  'input-placeholderForeground': 'rgba(41, 41, 41, 0.7)',
  'inputOption-activeBackground': 'rgba(0, 0, 0, 0)',
  'inputOption-activeBorder': '#0f4a85',
  'inputOption-activeForeground': '#292929',
  'inputValidation-errorBackground': '#ffffff',
  'inputValidation-errorBorder': '#0f4a85',
};

const themes: Readonly<Record<ThemeName, { bodyClass: string; colors: Colors }>> = {
  dark: { bodyClass: 'vscode-dark', colors: dark },
  light: { bodyClass: 'vscode-light', colors: light },
  'hc-dark': { bodyClass: 'vscode-high-contrast', colors: hcDark },
  'hc-light': { bodyClass: 'vscode-high-contrast vscode-high-contrast-light', colors: hcLight },
};

export const themeNames: readonly ThemeName[] = ['dark', 'light', 'hc-dark', 'hc-light'];

export function bodyClass(theme: ThemeName): string {
  return themes[theme].bodyClass;
}

/** The theme's variables and the sheet that VS Code puts into every webview. */
export function themeSheet(theme: ThemeName): string {
  const variables = Object.entries(themes[theme].colors).map(([name, value]) => `--vscode-${name}: ${value};`);
  return `
:root {
  ${variables.join('\n  ')}
  --vscode-font-family: "Segoe WPC", "Segoe UI", system-ui, "Ubuntu", "Open Sans", sans-serif;
  --vscode-font-size: 13px;
  --vscode-font-weight: normal;
  --vscode-editor-font-family: Consolas, "DejaVu Sans Mono", "Courier New", monospace;
  --vscode-editor-font-size: 14px;
}
@layer vscode-default {
  html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background); }
  body { overscroll-behavior-x: none; background-color: transparent; color: var(--vscode-editor-foreground);
    font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; }
  img, video { max-width: 100%; max-height: 100%; }
  a, a code { color: var(--vscode-textLink-foreground); }
  code { font-family: var(--vscode-editor-font-family); color: var(--vscode-textPreformat-foreground);
    background-color: var(--vscode-textPreformat-background); padding: 1px 3px; border-radius: 4px; }
  pre code { padding: 0; }
  blockquote { background: var(--vscode-textBlockQuote-background); border-color: var(--vscode-textBlockQuote-border); }
}`;
}
