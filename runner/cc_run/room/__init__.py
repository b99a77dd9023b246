"""Step 4: the equipment: converged by Ansible, proven by probes."""
