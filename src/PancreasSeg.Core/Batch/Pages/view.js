'use strict';
(async () => {
  const byId = id => document.getElementById(id), stage = byId('stage');
  const picture = () => {
    stage.replaceChildren(Object.assign(new Image(), { src: stage.dataset.picture, alt: stage.dataset.words }));
    document.body.dataset.state = 'picture';
  };
  if (!byId('ct') || typeof niivue === 'undefined') return picture();
  try {
    const view = new niivue.Niivue({
      isRadiologicalConvention: true, isOrientationTextVisible: true, backColor: [0, 0, 0, 1], crosshairColor: [0.4, 0.8, 1, 0.7],
      crosshairWidth: 0.5, crosshairWidthUnit: 'mm', fontColor: [1, 0.95, 0.5, 1], showAllOrientationMarkers: true, dragAndDropEnabled: false,
    });
    await view.attachTo('view');
    view.setMultiplanarLayout(2);
    const load = (id, more) => niivue.NVImage.loadFromBase64({ base64: byId(id).textContent.trim(), name: `${id}.nii.gz`, ...more });
    view.addVolume(await load('ct', { colormap: 'gray', cal_min: -160, cal_max: 240 }));
    view.addVolume(await load('mask', { colormap: 'red', opacity: 0.4, cal_min: 0, cal_max: 1 }));
    view.updateGLVolume();
    const axes = ['sagittal', 'coronal', 'axial'].map(byId), ct = view.volumes[0];
    const shown = () => axes.forEach((axis, i) => { axis.value = Math.round(view.scene.crosshairPos[i] * 1000); });
    view.onLocationChange = at => {
      shown();
      const [hu, label] = at.values.map(v => v.value);
      byId('place').textContent = `${Math.round(hu)} HU at the cross${label > 0 ? ', in the mask' : ''}`;
    };
    axes.forEach((axis, i) => axis.addEventListener('input', () => {
      view.scene.crosshairPos[i] = axis.value / 1000;
      view.drawScene();
      view.createOnLocationChange();
    }));
    byId('window').addEventListener('change', e => {
      [ct.cal_min, ct.cal_max] = e.target.value.split(',').map(Number);
      view.updateGLVolume();
    });
    byId('opacity').addEventListener('input', e => view.setOpacity(1, e.target.value / 100));
    byId('layout').addEventListener('change', e => view.setSliceType(Number(e.target.value)));
    view.setSliceType(3);
    view.scene.crosshairPos = view.mm2frac(stage.dataset.middle.split(' ').map(Number));
    view.drawScene();
    view.createOnLocationChange();
    byId('tools').hidden = false;
    document.body.dataset.state = 'ready';
  } catch (e) {
    console.error(e);
    picture();
  }
})();
