"""Kubernetes from the table of the platform: objects once, written as Kustomize's base and components and as a Helm chart."""
