"""`aws s3 ...` as people use it: mb, cp, ls, sync, mv, rm, rb, presign."""

import filecmp
import subprocess
import urllib.request

import pytest

MIB = 2**20


@pytest.fixture
def s3_cli(server, scheme):
    def run(*arguments, **options):
        return server.aws("s3", *arguments, scheme=scheme, **options)
    return run


def make_file(path, size):
    path.parent.mkdir(parents=True, exist_ok=True)
    block = bytes(range(256)) * 4096
    with path.open("wb") as file:
        for index in range(size // MIB):
            file.write(index.to_bytes(8, "big") + block[8:])
        file.write(block[:size % MIB])
    return path


def test_a_bucket_from_cradle_to_grave(s3_cli, name, tmp_path):
    s3_cli("mb", f"s3://{name}")
    small = make_file(tmp_path / "small", 1000)
    s3_cli("cp", small, f"s3://{name}/dir/small")
    assert "dir/" in s3_cli("ls", f"s3://{name}").stdout
    assert "1000 small" in s3_cli("ls", f"s3://{name}/dir/").stdout
    s3_cli("mv", f"s3://{name}/dir/small", f"s3://{name}/moved")
    assert s3_cli("ls", "--recursive", f"s3://{name}").stdout.split()[-1] == "moved"
    done = s3_cli("rb", f"s3://{name}", check=False)
    assert done.returncode != 0 and "BucketNotEmpty" in done.stderr
    s3_cli("rm", f"s3://{name}/moved")
    s3_cli("rb", f"s3://{name}")
    done = s3_cli("ls", f"s3://{name}", check=False)
    assert done.returncode != 0 and "NoSuchBucket" in done.stderr


@pytest.mark.parametrize("size", [0, 1, 8 * MIB, 20 * MIB + 5])
def test_a_file_goes_up_across_and_down(s3_cli, bucket, tmp_path, size):
    source, back = make_file(tmp_path / "source", size), tmp_path / "back"
    s3_cli("cp", source, f"s3://{bucket}/up")
    s3_cli("cp", f"s3://{bucket}/up", f"s3://{bucket}/across")
    s3_cli("cp", f"s3://{bucket}/across", back)
    assert filecmp.cmp(source, back, shallow=False)


def test_sync_copies_what_changed_and_only_that(s3_cli, bucket, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for name in ("a", "b/c", "b/d e"):
        make_file(here / name, 100)
    assert s3_cli("sync", here, f"s3://{bucket}/x").stdout.count("upload:") == 3
    assert s3_cli("sync", here, f"s3://{bucket}/x").stdout == ""
    make_file(here / "a", 101)
    assert s3_cli("sync", here, f"s3://{bucket}/x").stdout.count("upload:") == 1
    s3_cli("sync", f"s3://{bucket}/x", there)
    assert not filecmp.dircmp(here, there).diff_files
    (here / "a").unlink()
    assert "delete:" in s3_cli("sync", "--delete", here, f"s3://{bucket}/x").stdout
    s3_cli("rm", "--recursive", f"s3://{bucket}/x")
    assert s3_cli("ls", "--recursive", f"s3://{bucket}", check=False).stdout == ""


def test_standard_input_and_output(server, scheme, bucket):
    server.aws("s3", "cp", "-", f"s3://{bucket}/k", scheme=scheme, data="from a pipe")
    assert server.aws("s3", "cp", f"s3://{bucket}/k", "-", scheme=scheme).stdout == "from a pipe"


def test_a_presigned_url_works_without_credentials(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"shared")
    url = server.aws("s3", "presign", f"s3://{bucket}/k").stdout.strip()
    assert urllib.request.urlopen(url).read() == b"shared"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_gigabyte_goes_up_and_down_in_little_memory(start_server, tmp_path):
    server = start_server()
    source, back = make_file(tmp_path / "source", 1000 * MIB), tmp_path / "back"
    server.aws("s3", "mb", "s3://large")
    server.aws("s3", "cp", "--only-show-errors", source, "s3://large/k", timeout=300)
    server.aws("s3", "cp", "--only-show-errors", "s3://large/k", back, timeout=300)
    assert subprocess.run(["cmp", source, back], check=False).returncode == 0
    with open(f"/proc/{server.process.pid}/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    assert peak < 300 * 1024, f"{peak} KiB at the peak"
