/** What may come out of Markdown and the highlighter: a short list of elements, no address that the page could load. */
import DOMPurify from 'dompurify';

const markdownTags =
  'p br hr h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong s del table thead tbody tr th td a img'.split(' ');

export function sanitizeMarkdown(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: markdownTags,
    // Inert: the page reads them and decides. Without this an address like `javascript:` would vanish unseen.
    ADD_URI_SAFE_ATTR: ['data-href', 'data-src'],
    ALLOWED_ATTR: ['data-href', 'data-src', 'data-language', 'alt', 'start', 'data-align'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}

export function sanitizeCode(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: ['span'],
    ALLOWED_ATTR: ['class'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}
