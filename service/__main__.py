"""`python -m service`: the command `shikong`, from a checkout too."""

from service.cli import main

if __name__ == "__main__":
    main()
