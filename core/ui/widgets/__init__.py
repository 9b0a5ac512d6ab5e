"""What pages show: a form collects, a service decides, the widget reports."""
