"""What a farm's data say, beside other farms, and as files to keep."""
