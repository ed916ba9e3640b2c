import { render } from 'preact';
import { App } from './app';
import { HostLink } from './hostLink';
import { PageStore } from './store/pageStore';

const link = new HostLink((message) => store.receive(message));
const store = new PageStore(link);

const root = document.getElementById('root') ?? document.body.appendChild(document.createElement('div'));
root.id = 'root';
render(<App store={store} />, root);
link.post({ type: 'ready', saved: link.saved() });
