using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Exports;

/// <summary>Containers: a signing pair, an encryption pair, and their certificates (GM/T 0016-2012 clause 7.5).</summary>
internal static unsafe class ContainerFunctions
{
    private const int LongestName = 64;

    [UnmanagedCallersOnly(EntryPoint = "SKF_CreateContainer")]
    internal static nuint CreateContainer(nuint application, byte* name, void* result) =>
        Entry.Run<ApplicationHandle>("SKF_CreateContainer", application, (handle, call) =>
        {
            Call.User(handle);
            var (wanted, containers) = (CallerMemory.Name(name, LongestName), call.Application(handle).Containers);
            SarException.ThrowIf(containers.Exists(c => c.Name == wanted), Sar.ContainerExists);
            SarException.ThrowIf(containers.Count >= call.Control.MaxContainers, Sar.ReachMaxContainerCount);
            containers.Add(new() { Name = wanted });
            CallerMemory.WriteHandle(result, 0); // what cannot be answered shall not happen
            call.Commit();
            CallerMemory.WriteHandle(result, HandleTable.Add(new ContainerHandle(handle, wanted)));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_DeleteContainer")]
    internal static nuint DeleteContainer(nuint application, byte* name) => Entry.Run<ApplicationHandle>("SKF_DeleteContainer", application, (handle, call) =>
    {
        Call.User(handle);
        call.Application(handle).Containers.Remove(Find(call, handle, name));
        call.Commit();
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_OpenContainer")]
    internal static nuint OpenContainer(nuint application, byte* name, void* result) =>
        Entry.Run<ApplicationHandle>("SKF_OpenContainer", application, (handle, call) =>
            CallerMemory.WriteHandle(result, HandleTable.Add(new ContainerHandle(handle, Find(call, handle, name).Name))));

    [UnmanagedCallersOnly(EntryPoint = "SKF_CloseContainer")]
    internal static nuint CloseContainer(nuint container) => Entry.Run<ContainerHandle>("SKF_CloseContainer", container, (handle, _) => HandleTable.Close(handle));

    [UnmanagedCallersOnly(EntryPoint = "SKF_EnumContainer")]
    internal static nuint EnumContainer(nuint application, byte* list, void* size) => Entry.Run<ApplicationHandle>("SKF_EnumContainer", application, (handle, call) =>
    {
        var names = call.Application(handle).Containers.Select(c => c.Name);
        CallerMemory.Answer(Entry.Variant, list, size, call.Control.NewestFirst ? names.Reverse() : names);
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_GetContainerType")]
    internal static nuint GetContainerType(nuint container, void* type) => Entry.Run<ContainerHandle>("SKF_GetContainerType", container, (handle, call) =>
        CallerMemory.WriteUlong(Entry.Variant, type, call.Container(handle).Pairs.FirstOrDefault() switch
        {
            null => Sgd.ContainerEmpty,
            { IsSm2: true } => Sgd.ContainerSm2,
            _ => Sgd.ContainerRsa,
        }));

    [UnmanagedCallersOnly(EntryPoint = "SKF_ImportCertificate")]
    internal static nuint ImportCertificate(nuint container, nuint signing, byte* certificate, nuint length) =>
        Entry.Run<ContainerHandle>("SKF_ImportCertificate", container, (handle, call) =>
        {
            Call.User(handle.Application);
            var given = CallerMemory.Data(certificate, CallerMemory.Ulong(Entry.Variant, length)).ToArray();
            SarException.ThrowIf(given.Length == 0, Sar.InputLength);
            var state = call.Container(handle);
            if (CallerMemory.Bool(signing))
            {
                state.SigningCertificate = given;
            }
            else
            {
                state.EncryptionCertificate = given;
            }

            SarException.ThrowIf(call.FreeSpace() < 0, Sar.NoRoom);
            call.Commit();
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ExportCertificate")]
    internal static nuint ExportCertificate(nuint container, nuint signing, byte* certificate, void* length) =>
        Entry.Run<ContainerHandle>("SKF_ExportCertificate", container, (handle, call) =>
        {
            var state = call.Container(handle);
            var found = CallerMemory.Bool(signing) ? state.SigningCertificate : state.EncryptionCertificate;
            CallerMemory.Answer(Entry.Variant, certificate, length, found ?? throw new SarException(Sar.CertificateNotFound));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ExportPublicKey")]
    internal static nuint ExportPublicKey(nuint container, nuint signing, byte* blob, void* length) =>
        Entry.Run<ContainerHandle>("SKF_ExportPublicKey", container, (handle, call) =>
        {
            var state = call.Container(handle);
            var pair = (CallerMemory.Bool(signing) ? state.Signing : state.Encryption) ?? throw new SarException(Sar.KeyNotFound);
            CallerMemory.Answer(Entry.Variant, blob, length, PublicKey(pair));
        });

    private static byte[] PublicKey(PairState pair)
    {
        if (pair.IsSm2)
        {
            return Blobs.Sm2Public(Entry.Variant, Sm2PublicKey.FromSpki(pair.PublicKey));
        }

        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(pair.PublicKey, out _);
        return Blobs.RsaPublic(Entry.Variant, rsa);
    }

    private static ContainerState Find(Call call, ApplicationHandle handle, byte* name)
    {
        var wanted = CallerMemory.Name(name, LongestName);
        return call.Application(handle).Containers.Find(c => c.Name == wanted) ?? throw new SarException(Sar.ContainerNotExists);
    }
}
