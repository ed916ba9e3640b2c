import { Component, type ComponentChildren } from 'preact';

interface Props {
  readonly children: ComponentChildren;
  readonly fallback: ComponentChildren;
}

/** One message that cannot be drawn must not take the others with it. */
export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  override componentDidCatch(): void {
    this.setState({ failed: true });
  }

  override render({ children, fallback }: Props, { failed }: { failed: boolean }): ComponentChildren {
    return failed ? fallback : children;
  }
}
