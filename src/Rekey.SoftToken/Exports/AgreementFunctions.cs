using System.Runtime.InteropServices;
using Rekey.Pki.Algorithms;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;

namespace Rekey.SoftToken.Exports;

/// <summary>
/// Agreement on a session key with SM2 (GM/T 0016-2012 clause 7.6, GB/T 32918.3), with the container's encryption pair: a signing key
/// signs and does nothing else.
/// </summary>
internal static unsafe class AgreementFunctions
{
    [UnmanagedCallersOnly(EntryPoint = "SKF_GenerateAgreementDataWithECC")]
    internal static nuint GenerateAgreementData(nuint container, nuint algorithm, byte* passingKey, byte* id, nuint idLength, void* agreement) =>
        Entry.Run<ContainerHandle>("SKF_GenerateAgreementDataWithECC", container, (handle, call) =>
        {
            var kind = Algorithm(algorithm);
            var own = KeyPairs.OpenSm2(Call.User(handle.Application), call.Container(handle).Encryption);
            var begun = new AgreementHandle(handle, kind, own, Sm2PrivateKey.Generate(), Id(id, idLength));
            CallerMemory.Write(passingKey, Blobs.Sm2Public(Entry.Variant, begun.Passing.PublicKey));
            CallerMemory.WriteHandle(agreement, HandleTable.Add(begun));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_GenerateAgreementDataAndKeyWithECC")]
    internal static nuint GenerateAgreementDataAndKey(
        nuint container, nuint algorithm, byte* sponsorKey, byte* sponsorPassingKey, byte* passingKey, byte* id, nuint idLength, byte* sponsorId, nuint sponsorIdLength, void* key) =>
        Entry.Run<ContainerHandle>("SKF_GenerateAgreementDataAndKeyWithECC", container, (handle, call) =>
        {
            var kind = Algorithm(algorithm);
            using var own = KeyPairs.OpenSm2(Call.User(handle.Application), call.Container(handle).Encryption);
            using var passing = Sm2PrivateKey.Generate();
            var agreed = Sm2KeyAgreement.Derive(
                false, own, passing, Id(id, idLength), Blobs.ReadSm2Public(Entry.Variant, sponsorKey), Blobs.ReadSm2Public(Entry.Variant, sponsorPassingKey), Id(sponsorId, sponsorIdLength), Sm4.KeySize);
            CallerMemory.Write(passingKey, Blobs.Sm2Public(Entry.Variant, passing.PublicKey));
            CallerMemory.WriteHandle(key, HandleTable.Add(new KeyHandle(handle.Device, kind, agreed)));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_GenerateKeyWithECC")]
    internal static nuint GenerateKey(nuint agreement, byte* peerKey, byte* peerPassingKey, byte* peerId, nuint peerIdLength, void* key) =>
        Entry.Run<AgreementHandle>("SKF_GenerateKeyWithECC", agreement, (begun, _) =>
        {
            var agreed = Sm2KeyAgreement.Derive(
                true, begun.Own, begun.Passing, begun.Id, Blobs.ReadSm2Public(Entry.Variant, peerKey), Blobs.ReadSm2Public(Entry.Variant, peerPassingKey), Id(peerId, peerIdLength), Sm4.KeySize);
            CallerMemory.WriteHandle(key, HandleTable.Add(new KeyHandle(begun.Device, begun.Algorithm, agreed)));
        });

    private static uint Algorithm(nuint argument)
    {
        var algorithm = CallerMemory.Ulong(Entry.Variant, argument);
        Sgd.Mode(algorithm);
        return algorithm;
    }

    private static byte[] Id(byte* id, nuint length)
    {
        var octets = CallerMemory.Data(id, CallerMemory.Ulong(Entry.Variant, length)).ToArray();
        SarException.ThrowIf(octets.Length > ushort.MaxValue / 8, Sar.InputLength);
        return octets;
    }
}
