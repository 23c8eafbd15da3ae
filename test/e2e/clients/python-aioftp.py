# aioftp shakes hands on the data connection before it sends the command. python-aioftp.py PORT KIND VERSION FOLDER PASSWORD
import asyncio
import ssl
import sys

import aioftp

port, kind, version, folder, password = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]


async def main():
    client = aioftp.Client(socket_timeout=20)
    await client.connect("127.0.0.1", port)
    if kind == "explicit":
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = context.maximum_version = (
            ssl.TLSVersion.TLSv1_2 if version == "TLSv1.2" else ssl.TLSVersion.TLSv1_3
        )
        await client.upgrade_to_tls(context)
    await client.login("ada", password)
    big = open(folder + "/big", "rb").read()
    assert [str(path) for path, _ in await client.list("there")] == ["there/a file"]
    async with client.upload_stream("big") as stream:
        await stream.write(big[:500000])
    async with client.upload_stream("big", offset=500000) as stream:
        await stream.write(big[500000:])
    back = b""
    async with client.download_stream("big", offset=1000) as stream:
        async for block in stream.iter_by_block():
            back += block
    assert back == big[1000:]
    await client.rename("big", "kept")
    await client.make_directory("made")
    await client.remove("made")
    assert not await client.exists("made")
    await client.quit()
    print("done")


asyncio.run(main())
