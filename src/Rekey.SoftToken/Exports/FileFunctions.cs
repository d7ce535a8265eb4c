using System.Runtime.InteropServices;
using System.Text;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Exports;

/// <summary>Files (GM/T 0016-2012 clause 7.4).</summary>
internal static unsafe class FileFunctions
{
    private const int LongestName = 32;

    [UnmanagedCallersOnly(EntryPoint = "SKF_CreateFile")]
    internal static nuint CreateFile(nuint application, byte* name, nuint size, nuint readRights, nuint writeRights) =>
        Entry.Run<ApplicationHandle>("SKF_CreateFile", application, (handle, call) =>
        {
            var state = call.Application(handle);
            Demand(handle, state.CreateFileRights, Sar.SecurityStateInvalid);
            var (wanted, length) = (CallerMemory.Name(name, LongestName), CallerMemory.Ulong(Entry.Variant, size));
            SarException.ThrowIf(state.Files.Exists(f => f.Name == wanted), Sar.FileAlreadyExists);
            SarException.ThrowIf(length > call.FreeSpace(), Sar.NoRoom);
            state.Files.Add(new()
            {
                Name = wanted,
                ReadRights = CallerMemory.Ulong(Entry.Variant, readRights),
                WriteRights = CallerMemory.Ulong(Entry.Variant, writeRights),
                Content = new byte[length],
            });
            call.Commit();
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_DeleteFile")]
    internal static nuint DeleteFile(nuint application, byte* name) => Entry.Run<ApplicationHandle>("SKF_DeleteFile", application, (handle, call) =>
    {
        var file = Find(call, handle, name);
        Demand(handle, file.WriteRights, Sar.WriteFileError);
        call.Application(handle).Files.Remove(file);
        call.Commit();
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_EnumFiles")]
    internal static nuint EnumFiles(nuint application, byte* list, void* size) => Entry.Run<ApplicationHandle>("SKF_EnumFiles", application, (handle, call) =>
        CallerMemory.Answer(Entry.Variant, list, size, call.Application(handle).Files.Select(f => f.Name)));

    [UnmanagedCallersOnly(EntryPoint = "SKF_GetFileInfo")]
    internal static nuint GetFileInfo(nuint application, byte* name, byte* info) => Entry.Run<ApplicationHandle>("SKF_GetFileInfo", application, (handle, call) =>
    {
        var file = Find(call, handle, name);
        CallerMemory.Write(info, new StructWriter(Entry.Variant)
            .Left(Encoding.UTF8.GetBytes(file.Name), LongestName)
            .Ulong((uint)file.Content.Length)
            .Ulong(file.ReadRights)
            .Ulong(file.WriteRights)
            .ToArray());
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ReadFile")]
    internal static nuint ReadFile(nuint application, byte* name, nuint offset, nuint size, byte* data, void* length) =>
        Entry.Run<ApplicationHandle>("SKF_ReadFile", application, (handle, call) =>
        {
            var file = Find(call, handle, name);
            Demand(handle, file.ReadRights, Sar.ReadFileError);
            var (at, most) = (CallerMemory.Ulong(Entry.Variant, offset), CallerMemory.Ulong(Entry.Variant, size));
            SarException.ThrowIf(at > file.Content.Length, Sar.OffsetBeyondFile);
            CallerMemory.Answer(Entry.Variant, data, length, file.Content.AsSpan((int)at, (int)Math.Min(most, file.Content.Length - at)));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_WriteFile")]
    internal static nuint WriteFile(nuint application, byte* name, nuint offset, byte* data, nuint size) =>
        Entry.Run<ApplicationHandle>("SKF_WriteFile", application, (handle, call) =>
        {
            var file = Find(call, handle, name);
            Demand(handle, file.WriteRights, Sar.WriteFileError);
            var at = CallerMemory.Ulong(Entry.Variant, offset);
            var given = CallerMemory.Data(data, CallerMemory.Ulong(Entry.Variant, size));
            SarException.ThrowIf(at > file.Content.Length || given.Length > file.Content.Length - at, Sar.OffsetBeyondFile);
            given.CopyTo(file.Content.AsSpan((int)at));
            call.Commit();
        });

    // "Never" lets nobody; the others are bits.
    private static void Demand(ApplicationHandle handle, uint rights, uint never)
    {
        SarException.ThrowIf(rights == 0, never);
        handle.Device.Logins.TryGetValue(handle.Id, out var login);
        var allowed = rights == Sgd.RightAnyone
            || ((rights & Sgd.RightAdmin) != 0 && login is { Admin: true })
            || ((rights & Sgd.RightUser) != 0 && login is { User: true });
        SarException.ThrowIf(!allowed, Sar.UserNotLoggedIn);
    }

    private static FileState Find(Call call, ApplicationHandle handle, byte* name)
    {
        var wanted = CallerMemory.Name(name, LongestName);
        return call.Application(handle).Files.Find(f => f.Name == wanted) ?? throw new SarException(Sar.FileNotExists);
    }
}
