using System.Runtime.InteropServices;
using System.Text;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Exports;

/// <summary>Devices (GM/T 0016-2012 clause 7.1).</summary>
internal static unsafe class DeviceFunctions
{
    private const int LongestName = 128;
    private const int LongestLabel = 31;

    [UnmanagedCallersOnly(EntryPoint = "SKF_WaitForDevEvent")]
    internal static nuint WaitForDevEvent(byte* name, void* nameLength, void* happened) => Entry.Run(() => DeviceWatch.Wait((device, kind) =>
    {
        SarException.ThrowIf(name == null, Sar.InvalidParameter);
        CallerMemory.Answer(Entry.Variant, name, nameLength, Encoding.UTF8.GetBytes(device + "\0"));
        CallerMemory.WriteUlong(Entry.Variant, happened, kind);
    }));

    [UnmanagedCallersOnly(EntryPoint = "SKF_CancelWaitForDevEvent")]
    internal static nuint CancelWaitForDevEvent() => Entry.Run(DeviceWatch.Cancel);

    [UnmanagedCallersOnly(EntryPoint = "SKF_EnumDev")]
    internal static nuint EnumDev(nuint present, byte* list, void* size) => Entry.Run(() =>
    {
        DeviceWatch.Begin();
        var onlyPresent = CallerMemory.Bool(present);
        CallerMemory.Answer(Entry.Variant, list, size, DeviceFolder.All().Where(d => !onlyPresent || Call.IsHere(d)).Select(d => d.Name));
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ConnectDev")]
    internal static nuint ConnectDev(byte* name, void* handle) => Entry.Run(() =>
    {
        var folder = DeviceFolder.Find(CallerMemory.Name(name, LongestName)) ?? throw new SarException(Sar.DeviceRemoved);
        Call.Run("SKF_ConnectDev", folder, null, call => CallerMemory.WriteHandle(handle, HandleTable.Add(new DeviceHandle(folder, call.Control.Plug))));
    });

    // Also with a device that was pulled out: what is left of it in this process is given up.
    [UnmanagedCallersOnly(EntryPoint = "SKF_DisConnectDev")]
    internal static nuint DisConnectDev(nuint device) => Entry.Run(() => HandleTable.Close(HandleTable.Get<DeviceHandle>(device)));

    [UnmanagedCallersOnly(EntryPoint = "SKF_GetDevState")]
    internal static nuint GetDevState(byte* name, void* state) => Entry.Run(() =>
    {
        const uint Absent = 0, Present = 1, Unknown = 2;
        var folder = DeviceFolder.Find(CallerMemory.Name(name, LongestName));
        CallerMemory.WriteUlong(Entry.Variant, state, folder is null ? Unknown : Call.IsHere(folder) ? Present : Absent);
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_SetLabel")]
    internal static nuint SetLabel(nuint device, byte* label) => Entry.Run<DeviceHandle>("SKF_SetLabel", device, (_, call) =>
    {
        call.State.Label = CallerMemory.Name(label, LongestLabel);
        call.Commit();
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_GetDevInfo")]
    internal static nuint GetDevInfo(nuint device, byte* info) => Entry.Run<DeviceHandle>("SKF_GetDevInfo", device, (_, call) =>
        CallerMemory.Write(info, new StructWriter(Entry.Variant)
            .Left([1, 0], 2)
            .Left("Rekey"u8, 64)
            .Left("Rekey"u8, 64)
            .Left(Encoding.UTF8.GetBytes(call.State.Label), 32)
            .Left(Encoding.UTF8.GetBytes(call.State.Serial), 32)
            .Left([1, 0], 2)
            .Left([1, 0], 2)
            .Ulong(Sgd.Sm4All)
            .Ulong(Sgd.Rsa | Sgd.Sm2All)
            .Ulong(Sgd.Sm3 | Sgd.Sha256)
            .Ulong(Sgd.Sm4Ecb)
            .Ulong((uint)call.Control.Space)
            .Ulong((uint)Math.Max(0, call.FreeSpace()))
            .Ulong(Sm2Functions.LongestPlain)
            .Ulong(CallerMemory.LongestData)
            .Left([], 64)
            .ToArray()));

    [UnmanagedCallersOnly(EntryPoint = "SKF_LockDev")]
    internal static nuint LockDev(nuint device, nuint timeout) => Entry.Run(() =>
    {
        var handle = HandleTable.Get<DeviceHandle>(device);
        var milliseconds = CallerMemory.Ulong(Entry.Variant, timeout);
        handle.Folder.Gate.Lock(handle, milliseconds == Sgd.WaitForever ? null : TimeSpan.FromMilliseconds(milliseconds));
        try
        {
            Call.Run("SKF_LockDev", handle.Folder, handle, _ => { });
        }
        catch (SarException)
        {
            handle.Folder.Gate.Unlock(handle);
            throw;
        }
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_UnlockDev")]
    internal static nuint UnlockDev(nuint device) => Entry.Run<DeviceHandle>("SKF_UnlockDev", device, (handle, _) => { }) is var code and not Sar.Ok
        ? code
        : Entry.Run(() =>
        {
            var handle = HandleTable.Get<DeviceHandle>(device);
            SarException.ThrowIf(!handle.Folder.Gate.Unlock(handle), Sar.Fail);
        });

    // There is no card behind it that would understand an APDU.
    [UnmanagedCallersOnly(EntryPoint = "SKF_Transmit")]
    internal static nuint Transmit(nuint device, byte* command, nuint commandLength, byte* data, void* dataLength) =>
        Entry.Run<DeviceHandle>("SKF_Transmit", device, (_, _) => throw new SarException(Sar.NotSupportedYet));
}
