"""`python -m sim`, where there is no `midnight` command."""

from sim.cli import main

if __name__ == "__main__":
    main()
