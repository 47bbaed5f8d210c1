"""Exchange with other programs: ICAR ADE messages in and out."""
